-- Lets an owner hold a reader-writer lock or a semaphore when the holders, and those that wait, allow that.
-- KEYS[1] the holders, KEYS[2] the bucket's fencing mark, KEYS[3] the queue; ARGV[1] owner id, ARGV[2] time to live in
-- milliseconds, ARGV[3] how many may hold at once, the owner included; ARGV[4] the newest token of the bucket that the
-- caller has seen, or 0; to take or keep a place in the queue, ARGV[5] the channel to tell of a grant; ARGV[6] present
-- when the owner may have a place already
-- Returns what acquire.lua does.
local now = clock(KEYS[2])
local limit = tonumber(ARGV[3])
local place = ARGV[5] and ARGV[1] .. '\n' .. ARGV[5]
remove_lapsed(KEYS[1], now)
local is_queued = promote(KEYS[1], KEYS[2], KEYS[3], now)

-- What the owner holds is granted again: an answer to the same wait, or the word of its grant, was lost.
if not score(KEYS[1], ARGV[1]) and (is_queued or not fits(KEYS[1], limit)) then
  local first = redis.pcall('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
  local left = first[2] and -1 - math.max(math.ceil((tonumber(first[2]) - now) / 1000), 0) or 0
  if not place then
    return left
  end
  return take_place_within(KEYS[3], place, ARGV[5], limit, now) .. ' ' .. left
end

local token, failure = reserve(KEYS[2], 1, ARGV[4], ARGV[2])
if not token then
  return failure
end
if ARGV[6] then
  leave_place(KEYS[3], place)
end
hold(KEYS[1], ARGV[1], limit, now, ARGV[2])
return token
