-- Grants the lock to the first in the queue whose process is there, and tells it. Returns true, or false when nobody
-- is.
local function pass_on(lock, mark, queue)
  -- It goes as an offer, to be renewed by a process that is alive: one that is dead costs the others so many
  -- milliseconds. And with so many fencing tokens, as many as the engine hands a lock on within a process.
  local offer, tokens = 2000, 128
  local owner, channel, place = take_first(queue, mark)
  local token = owner and reserve(mark, tokens)
  if not token then
    -- An unusable mark is told to those who try to acquire; this is a release all the same.
    return false
  end

  redis.call('SET', lock, owner, 'PX', offer)
  if type(token) == 'number' then
    token = string.format('%.0f', token)
  end
  -- pcall: where the user may not publish, the owner finds out when it asks again.
  redis.pcall('PUBLISH', channel, table.concat({owner, place, token, tokens, offer}, '\n'))
  return true
end

