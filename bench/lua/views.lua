-- Every request a view of another visitor. Arguments: a file of article ids, one a line; a word that no other run has.
local here = debug.getinfo(1, "S").source:match("^@(.*/)")
dofile(here .. "report.lua")

local headers = { ["Content-Type"] = "application/json" }
local ids, count, run = {}, 0, ""

function init(arguments)
  for line in io.lines(arguments[1]) do
    ids[#ids + 1] = line
  end
  run = arguments[2] .. "-" .. number .. "-"
end

function request()
  count = count + 1
  local id = ids[(count * 7 + number) % #ids + 1]
  return wrk.format("POST", "/api/v1/articles/" .. id .. "/views", headers, '{"visitor":"' .. run .. count .. '"}')
end
