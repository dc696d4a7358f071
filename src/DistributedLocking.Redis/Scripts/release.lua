-- Releases a lock, and gives up the owner's place in the queue if it names its channel.
-- Returns 1 when the owner held the lock, else 0. The lock goes to the first in the queue, whose process is told; if nobody is there, it is deleted.
local function release(lock, mark, queue, owner, channel)
  local held = redis.call('GET', lock)
  if held == owner then
    redis.call('DEL', lock)
    return 1
  end
  if channel then
    redis.call('ZREM', queue, owner .. '\n' .. channel)
  end
  if held ~= owner .. '+' then
    return 0
  end

  -- It goes as an offer, to be renewed by a process that is alive: one that is dead costs the others so many milliseconds. And with so many fencing
  -- tokens, as many as the engine hands a lock on within a process.
  local offer, tokens = 2000, 128
  local first = redis.call('ZPOPMIN', queue)
  local token = first[1] and reserve(mark, tokens)
  if not token then
    -- An unusable mark is told to those who try to acquire; this is a release all the same.
    redis.call('DEL', lock)
    return 1
  end

  local next_owner, next_channel = string.match(first[1], '^([^\n]*)\n(.*)$')
  redis.call('SET', lock, next_owner .. '+', 'PX', offer)
  if type(token) == 'number' then
    token = string.format('%.0f', token)
  end
  -- pcall: where the user may not publish, the owner finds out when it asks again.
  redis.pcall('PUBLISH', next_channel, table.concat({next_owner, first[2], token, tokens, offer}, '\n'))
  return 1
end

