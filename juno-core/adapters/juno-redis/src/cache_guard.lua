-- KEYS: first the guards, then the cached memories to drop.
-- ARGV: how many guards, `begin`, `settle` or, after a change that never began here, `missed`; 1 if all that the guards guard changes, how many seconds a change that
--       never settles is waited for.
local now = tonumber(redis.call('TIME')[1])
local guards = tonumber(ARGV[1])
for i = 1, guards do
  local known = redis.call('HMGET', KEYS[i], 'busy', 'until')
  local busy, ends = tonumber(known[1] or 0), tonumber(known[2] or 0)
  if ends <= now then busy = 0 end
  if ARGV[2] == 'begin' then
    busy, ends = busy + 1, now + tonumber(ARGV[4])
  elseif ARGV[2] == 'settle' then
    busy = math.max(busy - 1, 0)
  end
  redis.call('HSET', KEYS[i], 'busy', busy, 'until', ends)
  redis.call('HINCRBY', KEYS[i], 'f', 1)
  if ARGV[3] == '1' then redis.call('HINCRBY', KEYS[i], 's', 1) end
end
for i = guards + 1, #KEYS do redis.call('UNLINK', KEYS[i]) end
return 1
