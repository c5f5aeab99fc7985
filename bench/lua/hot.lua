-- Addresses of a file, one a line, by chance. Arguments: the file; a number to begin the random numbers with.
local here = debug.getinfo(1, "S").source:match("^@(.*/)")
dofile(here .. "report.lua")

local paths = {}

function init(arguments)
  for line in io.lines(arguments[1]) do
    paths[#paths + 1] = line
  end
  math.randomseed(tonumber(arguments[2]) * 64 + number)
end

function request()
  return wrk.format("GET", paths[math.random(#paths)])
end
