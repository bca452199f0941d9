-- Changes the keys of one part, all or nothing, if they are as the caller knows them.
--
-- KEYS: 1 to 4 the outbox (order, contents, taken, count), then what is looked at or changed.
-- ARGV: the type each key must have; how many checks, each `key field wanted`; how many events, each `id json`; how
--       many commands, each `name key count argument…`. Numbers of keys count from 1.
-- Gives 1, or 0 where a check fails.
local at = 0
local function take()
  at = at + 1
  return ARGV[at]
end
-- A command that fails half-way would leave half a change, so nothing may be able to fail.
for i = 1, #KEYS do
  local want, is = take(), redis.call('TYPE', KEYS[i]).ok
  if is ~= 'none' and is ~= want then
    return redis.error_reply('FOREIGN a key is a ' .. is .. ' and not a ' .. want)
  end
end
for _ = 1, tonumber(take()) do
  local key, field, want = KEYS[tonumber(take())], take(), take()
  if (redis.call('HGET', key, field) or '') ~= want then
    return 0
  end
end
for _ = 1, tonumber(take()) do
  local id, json = take(), take()
  if redis.call('HEXISTS', KEYS[2], id) == 0 and not redis.call('ZSCORE', KEYS[3], id) then
    redis.call('ZADD', KEYS[1], redis.call('INCR', KEYS[4]), id)
    redis.call('HSET', KEYS[2], id, json)
  end
end
for _ = 1, tonumber(take()) do
  local call = { take(), KEYS[tonumber(take())] }
  for _ = 1, tonumber(take()) do
    call[#call + 1] = take()
  end
  redis.call(unpack(call))
end
return 1
