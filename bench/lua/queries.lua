-- Every request another address, so that no cache helps.
--
-- Arguments: a file of paths, one a line; a number to begin the random numbers with; the oldest and the newest time, in
-- seconds since 1970, for `{time}` in a path; "follow" to go on to the next page after half of the answers.
-- `{long_ago}` becomes some time before anything was published: it changes the address and not the answer.
local here = debug.getinfo(1, "S").source:match("^@(.*/)")
dofile(here .. "report.lua")

local paths, next_pages = {}, {}
local oldest, newest, follow

local function moment(from, to)
  local milliseconds = math.random(0, 999)
  return os.date("!%Y-%m-%dT%H:%M:%S", math.random(from, to)) .. string.format(".%03dZ", milliseconds)
end

function init(arguments)
  for line in io.lines(arguments[1]) do
    paths[#paths + 1] = line
  end
  math.randomseed(tonumber(arguments[2]) * 64 + number)
  oldest, newest = tonumber(arguments[3]), tonumber(arguments[4])
  follow = arguments[5] == "follow"
  if not follow then
    -- wrk hands over bodies, at a cost, only where this function is.
    response = nil
  end
end

function request()
  local path = table.remove(next_pages)
  if not path then
    path = paths[math.random(#paths)]
    path = path:gsub("{time}", function() return moment(oldest, newest) end)
    path = path:gsub("{long_ago}", function() return moment(0, 631152000) end)
  end
  return wrk.format("GET", path)
end

function response(_, _, body)
  if follow and math.random() < 0.5 then
    next_pages[#next_pages + 1] = body:match('"links":{"next":"([^"]+)"')
  end
end
