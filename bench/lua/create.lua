-- Creates articles. Arguments: a file that holds the body, a category, an access token, and a number that no run before had.
local here = debug.getinfo(1, "S").source:match("^@(.*/)")
dofile(here .. "report.lua")

local head, tail, headers
local created = 0

function init(arguments)
  local body = io.open(arguments[1]):read("a")
  head = string.format('{"title": "Bài viết %s-%d-', arguments[4], number)
  tail = string.format(
    '", "summary": "Tóm tắt một bài viết.", "category": "%s", "article_type": "news", "body": "%s"}', arguments[2], body
  )
  headers = { ["Content-Type"] = "application/json", ["Authorization"] = "Bearer " .. arguments[3] }
end

function request()
  created = created + 1
  return wrk.format("POST", nil, headers, head .. created .. tail)
end
