-- KEYS[1] the lock, KEYS[2] the bucket's fencing mark, KEYS[3] the queue; ARGV[1] owner id; to give up a place in the queue as well, ARGV[2] its channel
-- Returns 1 when the owner held the lock, else 0. The lock goes to the first in the queue, whose process is told; if nobody is there, it is deleted.
local held = redis.call('GET', KEYS[1])
if held == ARGV[1] then
  redis.call('DEL', KEYS[1])
  return 1
end
if ARGV[2] then
  redis.call('ZREM', KEYS[3], ARGV[1] .. '\n' .. ARGV[2])
end
if held ~= ARGV[1] .. '+' then
  return 0
end

-- It goes as an offer, to be renewed by a process that is alive: one that is dead costs the others so many milliseconds. And with so many fencing
-- tokens, as many as the engine hands a lock on within a process.
local offer, tokens = 2000, 128
local first = redis.call('ZPOPMIN', KEYS[3])
local token = first[1] and reserve(KEYS[2], tokens)
if not token then
  -- An unusable mark is told to those who try to acquire; this is a release all the same.
  redis.call('DEL', KEYS[1])
  return 1
end

local owner, channel = string.match(first[1], '^([^\n]*)\n(.*)$')
redis.call('SET', KEYS[1], owner .. '+', 'PX', offer)
if type(token) == 'number' then
  token = string.format('%.0f', token)
end
-- pcall: where the user may not publish, the owner finds out when it asks again.
redis.pcall('PUBLISH', channel, table.concat({owner, first[2], token, tokens, offer}, '\n'))
return 1
