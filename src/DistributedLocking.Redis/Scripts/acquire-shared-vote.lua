-- One server's vote for a quorum's reader-writer lock.
-- KEYS[1] the holders, KEYS[2] the bucket's fencing mark, KEYS[3] who waits to write; ARGV[1] owner id, ARGV[2] time to
-- live in milliseconds, ARGV[3] how many may hold at once, the owner included; ARGV[4] present when a writer waits,
-- which then keeps readers out until it asks no more
-- Returns what acquire-vote.lua does. All readers are one holder.
local now = clock(KEYS[2])
local limit = tonumber(ARGV[3])
remove_lapsed(KEYS[1], now)
local waiting = redis.call('GET', KEYS[3])
if limit == 1 and ARGV[4] and (not waiting or waiting == ARGV[1]) then
  redis.call('SET', KEYS[3], ARGV[1], 'PX', 2500)
end

local held = score(KEYS[1], ARGV[1])
if not held and ((limit > 1 and waiting) or not fits(KEYS[1], limit)) then
  local first = redis.pcall('ZRANGE', KEYS[1], 0, 1, 'WITHSCORES')
  local left = first[2] and math.max(math.ceil((tonumber(first[2]) - now) / 1000), 0) or -1
  local holder = first[1] == '!' and first[3] or first[1] and 'readers'
  if limit > 1 and waiting then
    holder = waiting
  end

  -- Who may not look is told another holder by each server, and so that the votes were split.
  holder = holder or string.format('%.0f', now)
  return {0, left, holder}
end

hold(KEYS[1], ARGV[1], limit, now, ARGV[2])
local token, failure = reserve(KEYS[2], 1)
if not token then
  free(KEYS[1], ARGV[1])
  return failure
end
return {token}
