-- KEYS: the guard of a part, its index.
-- Drops every cached memory of the part; those of an index lie in its slot.
redis.call('HINCRBY', KEYS[1], 'f', 1)
redis.call('HINCRBY', KEYS[1], 's', 1)
for _, key in ipairs(redis.call('ZRANGE', KEYS[2], 0, -1)) do redis.call('UNLINK', key) end
return redis.call('DEL', KEYS[2])
