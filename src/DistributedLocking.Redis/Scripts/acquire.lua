-- KEYS[1] the lock, KEYS[2] the bucket's fencing mark, KEYS[3] the queue; ARGV[1] owner id, ARGV[2] time to live in
-- milliseconds, ARGV[3] how many fencing tokens, ARGV[4] the newest token of the bucket that the caller has seen, or 0;
-- to take or keep a place in the queue, ARGV[5] the channel to tell of a grant; ARGV[6] present when the owner may have
-- a place already
-- Returns the first fencing token, which is positive; or 0 when another owner holds the lock and nothing ends its
-- lease; or -1 - milliseconds left; or, when the owner is in the queue, a text: the number of its place, a space, and
-- one of the latter two.
local place = ARGV[5] and ARGV[1] .. '\n' .. ARGV[5]
local is_new = redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2])
if not is_new then
  if redis.call('GET', KEYS[1]) ~= ARGV[1] then
    -- No time is left where the lock is gone meanwhile: not every server runs a script in one piece. 0 also where the
    -- user may not ask when the lease ends.
    local left = redis.pcall('PTTL', KEYS[1])
    left = (type(left) == 'table' or left == -1) and 0 or -1 - math.max(left, 0)
    if not place then
      return left
    end

    return take_place(KEYS[3], place, ARGV[5], clock(KEYS[2])) .. ' ' .. left
  end

  -- The owner's own lock is granted again: an answer to the same wait, or the word of its grant, was lost.
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
elseif ARGV[6] then
  -- The lock was left to its time to live, so its release took nobody from the queue.
  leave(KEYS[3], place)
end

local token, failure = reserve(KEYS[2], ARGV[3], ARGV[4], ARGV[2])
if not token then
  if is_new then
    redis.call('DEL', KEYS[1])
  end
  return failure
end
return token
