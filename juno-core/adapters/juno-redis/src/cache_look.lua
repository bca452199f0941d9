-- KEYS: the cached memory, the guard of its scope, the guard of its part.
-- Gives { 1, value }, or { 0, ticket } to fill the cache with.
-- What was kept before a restart or a failover may miss changes that were lost with it, so it is never given again: the
-- server's run is part of what a value is marked with.
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
if not run then return { 0, '' } end
local scope, part = redis.call('HMGET', KEYS[2], 'f', 's'), redis.call('HMGET', KEYS[3], 'f', 's')
local mark = run .. ' ' .. (part[2] or 0) .. ' ' .. (scope[2] or 0)
local kept = redis.call('HMGET', KEYS[1], 'mark', 'value')
if kept[1] == mark and kept[2] then return { 1, kept[2] } end
return { 0, mark .. ' ' .. (part[1] or 0) .. ' ' .. (scope[1] or 0) .. ' ' .. redis.call('TIME')[1] }
