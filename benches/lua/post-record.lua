-- One record of about 236 bytes in each request, with its own key.
local path
local count = 0
local headers = { ["content-type"] = "application/json" }
local filler = string.rep("x", 170)
function init(args)
  path = args[1]
end
function request()
  count = count + 1
  local body = '{"key":"k' .. count .. '","value":{"id":' .. count .. ',"name":"name ' .. count
    .. '","text":"' .. filler .. '","price":19.5}}'
  return wrk.format("POST", path, headers, body)
end
