-- SPDX-License-Identifier: BSD-3-Clause
-- Wireshark and tshark understand airbatch: messages over TCP (proto/message.h), put together from their segments, and
-- datagrams over UDP (proto/datagram.h).
--
--   tshark -X lua_script:scripts/wireshark/airbatch.lua -r radio.pcap -Y airbatch
--   wireshark -X lua_script:scripts/wireshark/airbatch.lua radio.pcap        (or copy it to the personal Lua plug-ins)
--
-- Filters: airbatch.task == 17, airbatch.ue == 3, airbatch.type == "tensor", airbatch.deadline_missed,
-- airbatch.upload_time > 0.02, ... (View > Internals > Supported Protocols lists all.) docs/captures.md has more.

local airbatch = Proto("airbatch", "airbatch co-inference")

local TCP_PORT = 7070 -- the default of the topology's edge.port; other ports are found by the magic number
local HEADER = 48
local MAGIC, VERSION = "ABTP", 2
local BEGIN = MAGIC .. string.char(VERSION)
local DATAGRAM_HEADER, DATAGRAM_MAGIC = 32, "ABTD\0\0\0\0"
local REQUEST, PLAN, TENSOR, RESULT, ERROR, DROPPED, HELLO = 1, 2, 3, 4, 5, 6, 7
local type_names = {
  [REQUEST] = "request", [PLAN] = "plan", [TENSOR] = "tensor", [RESULT] = "result", [ERROR] = "error", [DROPPED] = "dropped",
  [HELLO] = "hello",
}
local admission_names = { [0] = "served as planned", "not admitted: on its device", "not admitted: refused" }
local feature_names = { [0] = "fp32", "fp16", "int8" }
local MOST_TENSOR, MOST_ERROR = 64 * 1024 * 1024, 512
local body_bounds = {
  [REQUEST] = { 48, 56 }, [PLAN] = { 88, 120 }, [TENSOR] = { 1, MOST_TENSOR },
  [RESULT] = { 48, 48 + MOST_TENSOR }, [ERROR] = { 0, MOST_ERROR }, [DROPPED] = { 0, MOST_ERROR },
  [HELLO] = { 8, 8 },
}

-- ---- fields

local fields = {}
local function field(kind, name, text, ...)
  local f = ProtoField[kind]("airbatch." .. name, text, ...)
  fields[#fields + 1] = f
  return f
end

-- A row: offset, bytes, field. Stamps are nanoseconds of CLOCK_MONOTONIC (in a simulation: of virtual time).
local header_rows = {
  { 0, 4, field("string", "magic", "Magic") },
  { 4, 1, field("uint8", "version", "Version") },
  { 5, 1, field("uint8", "type", "Type", base.DEC, type_names) },
  { 6, 1, field("uint8", "features", "Features", base.DEC, feature_names) },
  { 7, 1, field("uint8", "tensors", "Tensors (0: one, without a table)") },
  { 8, 4, field("uint32", "body", "Body (bytes)") },
  { 12, 4, field("uint32", "run", "Run") },
  { 16, 4, field("uint32", "ue", "UE") },
  { 20, 4, field("uint32", "task", "Task") },
  { 24, 4, field("uint32", "subtask", "First sub-task at the edge (the cut)") },
  { 28, 4, field("uint32", "batch", "Batch (0: none)") },
  { 32, 8, field("int64", "deadline", "Deadline (ns)") },
  { 40, 8, field("int64", "sent", "Sent (ns)") },
}
local header_fields = {
  type = header_rows[3][3], body = header_rows[6][3], run = header_rows[7][3], ue = header_rows[8][3],
  task = header_rows[9][3], subtask = header_rows[10][3], batch = header_rows[11][3], deadline = header_rows[12][3],
  sent = header_rows[13][3],
}
-- A row of the table in front of a tensor message's tensors.
local table_rows = {
  { 0, 4, field("uint32", "tensor.height", "Height") },
  { 4, 4, field("uint32", "tensor.width", "Width") },
  { 8, 4, field("uint32", "tensor.channels", "Channels") },
  { 12, 4, field("uint32", "tensor.bytes", "Bytes") },
}
local body_rows = {
  [REQUEST] = {
    { 0, 8, field("int64", "request.arrival", "Arrival (ns)") },
    { 8, 8, field("uint64", "request.network_hash", "Network", base.HEX) },
    { 16, 8, field("double", "request.f_min", "Lowest frequency (FLOP/s)") },
    { 24, 8, field("double", "request.f_max", "Highest frequency (FLOP/s)") },
    { 32, 8, field("double", "request.kappa", "kappa (W s^3/FLOP^3)") },
    { 40, 8, field("double", "request.tx_power", "Transmit power (W)") },
    { 48, 8, field("double", "request.accuracy", "Least accuracy") },
  },
  [PLAN] = {
    { 0, 4, field("uint32", "plan.cut", "Sub-tasks on the device (the cut)") },
    { 4, 4, field("uint32", "plan.feasible", "Deadline promised") },
    { 8, 4, field("uint32", "plan.group", "Group") },
    { 12, 4, field("uint32", "plan.reserved", "Reserved") },
    { 16, 8, field("double", "plan.freq", "Device frequency (FLOP/s)") },
    { 24, 8, field("int64", "plan.compute_start", "Computing starts (ns)") },
    { 32, 8, field("int64", "plan.compute_end", "Computing ends (ns)") },
    { 40, 8, field("int64", "plan.upload_end", "Upload ends (ns)") },
    { 48, 8, field("int64", "plan.batch_start", "First batch starts (ns)") },
    { 56, 8, field("int64", "plan.batch_end", "Last batch ends (ns)") },
    { 64, 8, field("int64", "plan.finish", "Result at the UE (ns)") },
    { 72, 8, field("double", "plan.compute_energy", "Computing (J)") },
    { 80, 8, field("double", "plan.transmit_energy", "Transmitting (J)") },
    { 88, 4, field("uint32", "plan.admission", "Admission", base.DEC, admission_names) },
    { 92, 4, field("uint32", "plan.exit", "Exit (0: the end)") },
    { 96, 4, field("uint32", "plan.subtasks", "Sub-tasks it runs (0: all)") },
    { 100, 1, field("uint8", "plan.server", "Server (0: the edge)") },
    { 101, 1, field("uint8", "plan.variant", "Variant of the network (0: its own)") },
    { 102, 2, field("uint16", "plan.more_reserved", "Reserved") },
    { 104, 8, field("double", "plan.hertz", "Granted (Hz)") },
    { 112, 8, field("double", "plan.accuracy", "Accuracy") },
  },
  [TENSOR] = {},
  [RESULT] = {
    { 0, 8, field("int64", "result.upload_end", "Upload ended (ns)") },
    { 8, 8, field("int64", "result.batch_start", "First batch started (ns)") },
    { 16, 8, field("int64", "result.batch_end", "Last batch ended (ns)") },
    { 24, 8, field("int64", "result.batch_run", "Batches ran (ns)") },
    { 32, 4, field("uint32", "result.largest_batch", "Largest batch (users)") },
    { 36, 4, field("uint32", "result.n_values", "Values") },
    { 40, 4, field("uint32", "result.computed", "Computed") },
    { 44, 1, field("uint8", "result.exit", "Exit by confidence (0: as planned)") },
    { 45, 1, field("uint8", "result.subtasks", "Sub-tasks it then ran") },
    { 46, 2, field("uint16", "result.reserved", "Reserved") },
  },
  [ERROR] = {},
  [DROPPED] = {},
  [HELLO] = { { 0, 8, field("uint64", "hello.secret", "Secret", base.HEX) } },
}
local tensor_field = field("bytes", "tensor", "Tensor")
local values_field = field("bytes", "result.values", "Values (fp32)")
local error_field = field("string", "error", "Error")

local datagram_rows = {
  { 0, 4, field("string", "datagram.magic", "Magic") },
  { 4, 4, field("uint32", "datagram.reserved", "Reserved") },
  { 8, 4, field("uint32", "datagram.run", "Run") },
  { 12, 4, field("uint32", "datagram.ue", "UE") },
  { 16, 8, field("uint64", "datagram.sequence", "Sequence") },
  { 24, 8, field("int64", "datagram.sent", "Sent (ns)") },
}
local datagram_delay = field("relative_time", "datagram.delay", "Time since it was sent")

-- What follows from several packets. Times end with the packet at hand, here where the capture was taken.
local upload_time = field("relative_time", "upload_time", "Upload time (tensor into the socket .. here)")
local upload_bytes = field("uint32", "upload_bytes", "Uploaded (bytes)")
local latency = field("relative_time", "latency", "Latency (arrival .. here)")
local message_time = field("relative_time", "message_time", "Time since it was sent")
local time_left = field("relative_time", "time_left", "Left until the deadline")
local request_frame = field("framenum", "request_frame", "Request in", base.NONE, frametype.REQUEST)
local response_frame = field("framenum", "response_frame", "Result in", base.NONE, frametype.RESPONSE)
local tensor_frame = field("framenum", "tensor_frame", "Tensor complete in")
local clock_estimated = field("bool", "clock_estimated", "Clock offset estimated")
airbatch.fields = fields

local missed = ProtoExpert.new("airbatch.deadline_missed", "The result comes after its deadline", expert.group.SEQUENCE,
  expert.severity.WARN)
local failed = ProtoExpert.new("airbatch.failed", "The other side gave up", expert.group.RESPONSE_CODE, expert.severity.ERROR)
local malformed = ProtoExpert.new("airbatch.malformed", "Not a message of this protocol", expert.group.MALFORMED,
  expert.severity.WARN)
airbatch.experts = { missed, failed, malformed }

airbatch.prefs.clock_offset = Pref.string("Clock offset (s)", "",
  "Unix time minus the protocol's clock: clock_offset of the run's summary.json. Empty: estimated from the fastest message " ..
  "seen so far (late by what that one took); captures of simulations need none.")

local frame_time = Field.new("frame.time_epoch")
local tcp_stream, tcp_seq, tcp_len = Field.new("tcp.stream"), Field.new("tcp.seq"), Field.new("tcp.len")
local tcp_source = Field.new("tcp.srcport")

-- ---- time: Int64 nanoseconds, as numbers of Lua lose digits

local NS_PER_S = Int64(1000000000)
local FIRST_REAL_TIME = Int64(1000000000) * NS_PER_S -- September 2001: captures of simulations begin in 1970
local ZERO = Int64(0)

local function here_ns()
  local now = frame_time()
  if not now then
    return nil
  end
  local time = now.value
  return Int64(time.secs) * NS_PER_S + Int64(time.nsecs)
end

local function to_time(ns)
  local seconds = ns / NS_PER_S
  return NSTime(seconds:tonumber(), (ns - seconds * NS_PER_S):tonumber())
end

-- "1700000000.123456789" in ns; nil when it is no such number.
local function parse_seconds(text)
  local sign, whole, fraction = text:match("^%s*(%-?)(%d+)%.?(%d*)%s*$")
  if not whole or #whole > 10 then
    return nil
  end
  local ns = Int64(tonumber(whole)) * NS_PER_S + Int64(tonumber((fraction .. "000000000"):sub(1, 9)))
  return sign == "-" and -ns or ns
end

-- ---- what is known beyond a packet; begins anew with each file

local tasks      -- "run/ue/task" -> what was seen of it
local finished   -- frame number and place in it -> results of the first pass that later passes repeat
local estimate   -- Int64: the smallest capture time - sent so far
local waiting    -- "stream/port" -> a message whose packets were cut by a snap length

local shown      -- the last frame that has text in the info column

local function forget()
  tasks, finished, waiting, estimate, shown = {}, {}, {}, nil, nil
end
airbatch.init = forget
forget()

-- Unix time minus the protocol's clock, and whether that is an estimate.
local function clock_offset(now_ns, sent_ns)
  local given = parse_seconds(airbatch.prefs.clock_offset)
  if given then
    return given, false
  end
  if now_ns < FIRST_REAL_TIME then
    return ZERO, false
  end
  local took = now_ns - sent_ns
  if not estimate or took < estimate then
    estimate = took
  end
  return estimate, true
end

local function task_of(m)
  local key = ("%u/%u/%u"):format(m.run, m.ue, m.task)
  tasks[key] = tasks[key] or {}
  return tasks[key]
end

-- Enters a whole message that ends in this packet.
local function enter(m, pinfo)
  local task, now = task_of(m), here_ns()
  local seen = { task = task }
  if m.type == REQUEST then
    task.request_frame, task.arrival = pinfo.number, m.arrival
  elseif m.type == TENSOR then
    task.tensor_frame = pinfo.number
  elseif m.type == RESULT then
    task.response_frame = pinfo.number
  end
  if now then
    local offset, estimated = clock_offset(now, m.sent)
    local clock = now - offset
    seen.estimated = estimated
    seen.message_time, seen.time_left = clock - m.sent, m.deadline - clock
    if m.type == RESULT and task.arrival then
      seen.latency = clock - task.arrival
    end
  end
  return seen
end

local function seen_of(m, pinfo, place)
  local key = pinfo.number .. "/" .. place
  if not finished[key] then
    finished[key] = enter(m, pinfo)
  end
  return finished[key]
end

-- ---- showing

-- last: the rows end at the latest there.
local function add_rows(tree, tvb, rows, offset, last)
  for _, row in ipairs(rows) do
    if offset + row[1] + row[2] > math.min(tvb:len(), last or tvb:len()) then
      return
    end
    tree:add_le(row[3], tvb(offset + row[1], row[2]))
  end
end

local function milliseconds(ns)
  return ("%.3f ms"):format(ns:tonumber() / 1e6)
end

local function add_links(tree, m, seen)
  local task = seen.task
  if m.type ~= REQUEST and task.request_frame then
    tree:add(request_frame, task.request_frame):set_generated()
  end
  if m.type ~= TENSOR and task.tensor_frame then
    tree:add(tensor_frame, task.tensor_frame):set_generated()
  end
  if m.type ~= RESULT and task.response_frame then
    tree:add(response_frame, task.response_frame):set_generated()
  end
end

local function add_times(tree, m, seen)
  if not seen.message_time then
    return
  end
  tree:add(message_time, to_time(seen.message_time)):set_generated()
  tree:add(time_left, to_time(seen.time_left)):set_generated()
  if seen.estimated then
    tree:add(clock_estimated, true):set_generated()
  end
  if m.type == TENSOR then
    tree:add(upload_time, to_time(seen.message_time)):set_generated()
  end
  if seen.latency then
    tree:add(latency, to_time(seen.latency)):set_generated()
  end
  if m.type == RESULT and seen.time_left < ZERO then
    tree:add_proto_expert_info(missed, "The result comes " .. milliseconds(-seen.time_left) .. " after its deadline")
  end
end

local function add_seen(tree, m, seen)
  if m.type == TENSOR then
    tree:add(upload_bytes, m.body):set_generated()
  end
  add_links(tree, m, seen)
  add_times(tree, m, seen)
end

local function summary(m, seen)
  local text = ("ue%u task %u %s"):format(m.ue, m.task, type_names[m.type])
  if m.type == TENSOR or m.type == RESULT then
    text = text .. (", %u bytes, cut %u, batch %u"):format(m.body, m.subtask, m.batch)
  elseif m.type == PLAN then
    text = text .. (", cut %u, batch %u"):format(m.subtask, m.batch) .. (m.choice or "")
  end
  if not seen then
    return text .. " [begins]"
  end
  if seen.latency then
    text = text .. ", latency " .. milliseconds(seen.latency)
  elseif m.type == TENSOR and seen.message_time then
    text = text .. ", uploaded in " .. milliseconds(seen.message_time)
  end
  if m.type == RESULT and seen.time_left and seen.time_left < ZERO then
    text = text .. ", DEADLINE MISSED by " .. milliseconds(-seen.time_left)
  end
  return text
end

local function add_info(pinfo, text)
  pinfo.cols.protocol = "airbatch"
  if shown == pinfo.number then
    pinfo.cols.info:append("; " .. text)
  else
    pinfo.cols.info:set(text)
  end
  shown = pinfo.number
end

-- ---- messages

-- What a plan says beyond its cut, for the info column.
local function read_choice(tvb, offset)
  local admission, exit, hertz = tvb(offset + 88, 4):le_uint(), tvb(offset + 92, 4):le_uint(), tvb(offset + 104, 8):le_float()
  if admission > 0 then
    return ", " .. (admission_names[admission] or "admission " .. admission)
  end
  return (exit > 0 and (", exit %u"):format(exit) or "") .. (hertz > 0 and (", %.0f Hz"):format(hertz) or "")
end

-- The header at offset, or nil when there is none (the whole of it must be there).
local function read_header(tvb, offset)
  if offset + HEADER > tvb:len() or tvb(offset, 4):string() ~= MAGIC or tvb(offset + 4, 1):uint() ~= VERSION then
    return nil
  end
  local m = {
    type = tvb(offset + 5, 1):uint(), features = tvb(offset + 6, 1):uint(), tensors = tvb(offset + 7, 1):uint(),
    body = tvb(offset + 8, 4):le_uint(), run = tvb(offset + 12, 4):le_uint(),
    ue = tvb(offset + 16, 4):le_uint(), task = tvb(offset + 20, 4):le_uint(), subtask = tvb(offset + 24, 4):le_uint(),
    batch = tvb(offset + 28, 4):le_uint(), deadline = tvb(offset + 32, 8):le_int64(), sent = tvb(offset + 40, 8):le_int64(),
  }
  local bounds = body_bounds[m.type]
  local known = m.features == 0 or (m.type == TENSOR and feature_names[m.features]) -- only tensors have them
  local tables = m.tensors == 0 or (m.type == TENSOR and m.tensors > 1)
  if not bounds or m.body < bounds[1] or m.body > bounds[2] or not known or not tables then
    return nil
  end
  if m.type == REQUEST and offset + HEADER + 8 <= tvb:len() then
    m.arrival = tvb(offset + HEADER, 8):le_int64()
  end
  if m.type == PLAN and m.body == 120 and offset + HEADER + m.body <= tvb:len() then
    m.choice = read_choice(tvb, offset + HEADER)
  end
  return m
end

local function add_body(tree, tvb, m, offset)
  add_rows(tree, tvb, body_rows[m.type], offset, offset + m.body)
  local left = math.min(m.body, tvb:len() - offset)
  if m.type == TENSOR and left > 0 then
    for i = 0, m.tensors - 1 do
      if 16 * (i + 1) <= left then
        add_rows(tree, tvb, table_rows, offset + 16 * i, offset + 16 * (i + 1))
      end
    end
    tree:add(tensor_field, tvb(offset, left))
  elseif m.type == RESULT and left > 48 then
    tree:add(values_field, tvb(offset + 48, left - 48))
  elseif m.type == ERROR or m.type == DROPPED then
    local item = left > 0 and tree:add(error_field, tvb(offset, left)) or tree
    item:add_proto_expert_info(failed)
  end
end

-- One message, as much of it as was captured. ends: its last byte is in this packet.
local function show_message(tvb, pinfo, tree, offset, m, ends)
  local size = math.min(HEADER + m.body, tvb:len() - offset)
  local item = tree:add(airbatch, tvb(offset, size))
  add_rows(item, tvb, header_rows, offset)
  add_body(item, tvb, m, offset + HEADER)
  local seen = ends and seen_of(m, pinfo, offset) or nil
  if seen then
    add_seen(item, m, seen)
  end
  local text = summary(m, seen)
  item:append_text(": " .. text)
  add_info(pinfo, text)
  return size
end

local function show_unknown(tvb, pinfo, tree, offset, text)
  local item = tree:add(airbatch, tvb(offset))
  item:append_text(": " .. text)
  pinfo.cols.protocol = "airbatch"
  return item
end

-- The next place from `offset` on where a header seems to begin, or nil.
local function find_header(tvb, offset)
  local at = tvb:raw(offset):find(BEGIN, 1, true)
  return at and offset + at - 1
end

-- ---- packets cut by a snap length: no message can be put together, but sequence numbers tell where each ends

local function stream_key()
  local stream, port = tcp_stream(), tcp_source()
  return stream and port and (stream.value .. "/" .. port.value)
end

-- What the message's header said, in the packet that ends it.
local function show_ended(tvb, pinfo, tree, m)
  local seen = seen_of(m, pinfo, "end")
  local item = show_unknown(tvb, pinfo, tree, 0, "the end of " .. summary(m, seen))
  for _, name in ipairs({ "type", "body", "run", "ue", "task", "subtask", "batch", "deadline", "sent" }) do
    item:add(header_fields[name], m[name]):set_generated()
  end
  add_seen(item, m, seen)
  add_info(pinfo, summary(m, seen))
end

local function dissect_cut(tvb, pinfo, tree)
  local key, seq, len = stream_key(), tcp_seq(), tcp_len()
  if not (key and seq and len) then
    return 0
  end
  local first, last = seq.value, seq.value + len.value
  local remembered = finished["cut/" .. pinfo.number]
  local before = remembered or waiting[key]
  if before and last >= before.ends and first < before.ends then
    finished["cut/" .. pinfo.number] = before
    waiting[key] = nil
    show_ended(tvb, pinfo, tree, before)
  end
  local offset = find_header(tvb, 0)
  local m = offset and read_header(tvb, offset)
  if m then
    m.ends = first + offset + HEADER + m.body
    show_message(tvb, pinfo, tree, offset, m, m.ends <= last)
    if m.ends > last and not pinfo.visited then
      waiting[key] = m
    end
  elseif not before then
    show_unknown(tvb, pinfo, tree, 0, "part of a message")
  end
  return tvb:len()
end

-- ---- whole packets

-- Asks for more bytes until the message is whole. Returns what was understood, nil when more is to come.
local function dissect_whole(tvb, pinfo, tree)
  local offset = 0
  while offset < tvb:len() do
    local left = tvb:len() - offset
    local m = read_header(tvb, offset)
    if m and left >= HEADER + m.body then
      offset = offset + show_message(tvb, pinfo, tree, offset, m, true)
    elseif m or (left < HEADER and tvb:raw(offset, math.min(left, 5)) == BEGIN:sub(1, math.min(left, 5))) then
      pinfo.desegment_offset = offset
      pinfo.desegment_len = m and HEADER + m.body - left or DESEGMENT_ONE_MORE_SEGMENT
      return
    else
      local next_header = find_header(tvb, offset + 1)
      local text = offset == 0 and "part of a message that began before" or "not a message"
      show_unknown(tvb, pinfo, tree, offset, text)
      if not next_header then
        return
      end
      offset = next_header
    end
  end
end

local function dissect_tcp(tvb, pinfo, tree)
  shown = nil -- the packet may be shown a second time
  if tvb:len() == 0 then
    return 0
  end
  if tvb:reported_len() > tvb:len() or pinfo.can_desegment == 0 then
    return dissect_cut(tvb, pinfo, tree)
  end
  dissect_whole(tvb, pinfo, tree)
  return tvb:len()
end

local function is_datagram(tvb)
  return tvb:len() >= DATAGRAM_HEADER and tvb:raw(0, 8) == DATAGRAM_MAGIC
end

local function dissect_datagram(tvb, pinfo, tree)
  local ue, sequence, sent = tvb(12, 4):le_uint(), tvb(16, 8):le_uint64(), tvb(24, 8):le_int64()
  local item, now = tree:add(airbatch, tvb()), here_ns()
  local text = ("ue%u datagram %s"):format(ue, tostring(sequence))
  add_rows(item, tvb, datagram_rows, 0)
  if now then
    local key = "datagram/" .. pinfo.number
    finished[key] = finished[key] or now - clock_offset(now, sent) - sent
    item:add(datagram_delay, to_time(finished[key])):set_generated()
    text = text .. ", " .. milliseconds(finished[key]) .. " after it was sent"
  end
  item:append_text(": " .. text)
  pinfo.cols.protocol = "airbatch"
  pinfo.cols.info = text
  return tvb:len()
end

function airbatch.dissector(tvb, pinfo, tree)
  if pinfo.port_type == 3 then -- UDP
    return is_datagram(tvb) and dissect_datagram(tvb, pinfo, tree) or 0
  end
  return dissect_tcp(tvb, pinfo, tree)
end

DissectorTable.get("tcp.port"):add(TCP_PORT, airbatch)
DissectorTable.get("udp.port"):add(TCP_PORT, airbatch)

airbatch:register_heuristic("tcp", function(tvb, pinfo, tree)
  if not read_header(tvb, 0) then
    return false
  end
  pinfo.conversation = airbatch
  dissect_tcp(tvb, pinfo, tree)
  return true
end)

airbatch:register_heuristic("udp", function(tvb, pinfo, tree)
  return is_datagram(tvb) and dissect_datagram(tvb, pinfo, tree) > 0
end)
