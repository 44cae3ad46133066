import type { Limit } from '@krater/mixer/limiter';
import { allocation } from './allocation.ts';
import { fixedWindow } from './fixed-window.ts';
import { slidingWindow } from './sliding-window.ts';
import { tokenBucket } from './token-bucket.ts';

const algorithms: Readonly<Record<Limit['algorithm'], string>> = {
  allocation,
  'fixed-window': fixedWindow,
  'sliding-window': slidingWindow,
  'token-bucket': tokenBucket,
};

/** Milliseconds by Redis' own clock, so that it does not matter which of several processes asks. */
const redisClock = `
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
`;

/**
 * What Redis runs for one decision, as a whole or not at all.
 *
 * KEYS: the cell (what is counted for one combination of dimensions) and the grant (what was answered to an id). ARGV: see
 * below. Returns what was granted, what remains, the milliseconds until all is whole and until a retry makes sense, as
 * texts, for Redis would round numbers; "nan" is none.
 *
 * A cell that holds nothing any more is deleted, one that holds something expires when it would be whole again. It knows
 * its birth, by which a grant tells whether it was counted in this cell or in one that is gone.
 */
export function buildScript(algorithm: Limit['algorithm'], clock = redisClock): string {
  return `
local cellKey, grantKey = KEYS[1], KEYS[2]
local limit, window, perWindow, slotWidth = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local amount, bestEffort, hasId = tonumber(ARGV[5]), ARGV[6] == '1', ARGV[7] == '1'
local dedupTime, grantTime, longest = tonumber(ARGV[8]), tonumber(ARGV[9]), tonumber(ARGV[10])
local isAllocation = ${algorithm === 'allocation'}
-- Fractions of a token, or of a millisecond, that are rounding, not lack.
local rounding = 1e-6
${clock}
local birth, at

local function text(number)
  return string.format('%.17g', number)
end

local function milliseconds(duration)
  return string.format('%.0f', math.ceil(duration))
end

local function read(...)
  local values = redis.call('HMGET', cellKey, 'birth', 'at', ...)
  for index = 1, #values do values[index] = tonumber(values[index]) end
  -- Another node, or one whose clock was set, may be behind: time stands still until it has caught up.
  now = math.max(now, values[2] or now)
  birth, at = values[1] or now, values[2] or now
  return unpack(values, 3, 2 + select('#', ...))
end

local idle

local function store(...)
  local whole = math.min(idle(), longest)
  if whole <= 0 then return redis.call('DEL', cellKey) end
  local fields = { 'birth', text(birth), 'at', text(now), ... }
  for index = 6, #fields, 2 do fields[index] = text(fields[index]) end
  redis.call('HSET', cellKey, unpack(fields))
  redis.call('PEXPIRE', cellKey, milliseconds(whole))
end
${algorithms[algorithm]}
idle = idleAfter

local function outcome(granted, wait)
  local retry = wait and text(math.ceil(wait - rounding)) or 'nan'
  if isAllocation then return { text(granted), 'nan', 'nan', retry } end
  local remaining = math.max(0, math.floor(limit - used + rounding))
  return { text(granted), text(remaining), text(math.max(0, idleAfter())), retry }
end

if amount == 0 then return outcome(0) end

local packed = hasId and redis.call('GET', grantKey)
local grant = packed and cmsgpack.unpack(packed)

if amount < 0 then
  local returned = 0
  if grant then
    local asked = math.min(-amount, grant.granted)
    if asked > 0 and (isAllocation or grant.birth == birth) then returned = giveBack(grant, asked) end
    grant.granted = grant.granted - asked
    grant.answer = false
    redis.call('SET', grantKey, cmsgpack.pack(grant), 'KEEPTTL')
  elseif isAllocation then
    returned = giveBack(nil, -amount)
  end
  if returned > 0 then save() end
  return outcome(0 - returned)
end

if grant and grant.answer and now - grant.at < dedupTime then
  if grant.amount == amount and grant.bestEffort == bestEffort then return grant.answer end
end

local free = math.max(0, limit - used) + rounding
local granted = amount <= free and amount or bestEffort and math.floor(free) or 0
local mark, answer
if granted > 0 then
  mark = charge(granted)
  save()
  answer = outcome(granted)
else
  answer = outcome(0, retryAfter(bestEffort and 1 or amount))
end
local kept = granted > 0 and grantTime or dedupTime
if hasId and kept > 0 then
  grant = {
    birth = birth, mark = mark, at = now, granted = granted,
    amount = amount, bestEffort = bestEffort, answer = answer,
  }
  redis.call('SET', grantKey, cmsgpack.pack(grant), 'PX', milliseconds(kept))
end
return answer
`;
}
