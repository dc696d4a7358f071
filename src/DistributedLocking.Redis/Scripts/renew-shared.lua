-- KEYS[1] the holders, KEYS[2] the bucket's fencing mark; ARGV[1] owner id, ARGV[2] time to live in milliseconds
-- Returns 1 when the owner held the lock and holds it for that long from now, else 0. Nobody else's lease changes.
local now = clock(KEYS[2])
local ends = score(KEYS[1], ARGV[1])
if not ends or ends <= now then
  return 0
end
hold(KEYS[1], ARGV[1], score(KEYS[1], '!') and 1 or 2, now, ARGV[2])
return 1
