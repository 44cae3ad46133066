/**
 * A log of grants, each forgotten one window after it was made; with slots, grants that are close to one another are
 * forgotten together, with the last of them. An entry is a field of its own, "time amount", so that a decision writes
 * what it changes and no more.
 */
export const slidingWindow = `
local used, first, last, slot = read('used', 'first', 'last', 'slot')
used, first, last, slot = used or 0, first or 1, last or 0, slot or 0
local entries, changed, gone = {}, {}, {}

local function entry(place)
  if not entries[place] then
    local time, amount = string.match(redis.call('HGET', cellKey, place), '^(%S+) (%S+)$')
    entries[place] = { time = tonumber(time), amount = tonumber(amount) }
  end
  return entries[place]
end

while first <= last and entry(first).time <= now - window do
  used = used - entry(first).amount
  gone[#gone + 1] = first
  first = first + 1
end
if first > last then used = 0 end

local function charge(granted)
  if first <= last and (entry(last).time == now or now - slot < slotWidth) then
    entries[last] = { time = now, amount = entry(last).amount + granted }
  else
    last = last + 1
    slot = now
    entries[last] = { time = now, amount = granted }
  end
  changed[#changed + 1] = last
  used = used + granted
  return last
end

local function giveBack(grant, asked)
  if grant.at <= now - window or grant.mark < first then return 0 end
  local held = entry(grant.mark)
  local returned = math.min(asked, held.amount)
  held.amount = held.amount - returned
  changed[#changed + 1] = grant.mark
  used = used - returned
  return returned
end

local function retryAfter(wanted)
  local missing = used + wanted - limit
  for place = first, last do
    missing = missing - entry(place).amount
    if missing <= 0 then return entry(place).time + window - now end
  end
end

local function idleAfter()
  return used > 0 and entry(last).time + window - now or 0
end

local function save()
  if #gone > 0 then redis.call('HDEL', cellKey, unpack(gone)) end
  for _, place in ipairs(changed) do
    redis.call('HSET', cellKey, place, text(entries[place].time) .. ' ' .. text(entries[place].amount))
  end
  store('used', used, 'first', first, 'last', last, 'slot', slot)
end
`;
