-- KEYS: the cached memory, the guard of its scope, the guard of its part, the index of the part.
-- ARGV: the ticket, the value, how many seconds to keep it, how many seconds old a ticket may be.
-- Keeps the value if nothing of its scope has changed, or begun to, since the ticket was given.
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)') or '-'
local now = tonumber(redis.call('TIME')[1])
local f, s = {}, {}
for i = 2, 3 do
  local guard = redis.call('HMGET', KEYS[i], 'f', 's', 'busy', 'until')
  if tonumber(guard[3] or 0) > 0 and tonumber(guard[4] or 0) > now then return 0 end
  f[i], s[i] = guard[1] or 0, guard[2] or 0
end
local mark = run .. ' ' .. s[3] .. ' ' .. s[2]
local ticket, asked = string.match(ARGV[1], '^(.*) (%d+)$')
if ticket ~= mark .. ' ' .. f[3] .. ' ' .. f[2] or now - tonumber(asked) > tonumber(ARGV[4]) then return 0 end
redis.call('HSET', KEYS[1], 'mark', mark, 'value', ARGV[2])
redis.call('EXPIRE', KEYS[1], ARGV[3])
redis.call('ZREMRANGEBYSCORE', KEYS[4], '-inf', now)
redis.call('ZADD', KEYS[4], now + tonumber(ARGV[3]), KEYS[1])
return 1
