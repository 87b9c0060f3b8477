-- load.lua - for wrk: one request again and again; the last line is for tests/bench/rig.py to read.
wrk.method = os.getenv("BENCH_METHOD")
wrk.body = os.getenv("BENCH_BODY")
wrk.headers["Authorization"] = "Bearer " .. os.getenv("BENCH_TOKEN")
if wrk.body then
	wrk.headers["Content-Type"] = "application/json"
	wrk.headers["Prefer"] = "respond-async"
end

function done(summary)
	local errors = summary.errors
	print(string.format("bench %d %d %d", summary.requests, summary.duration,
		errors.status + errors.connect + errors.read + errors.write + errors.timeout))
end
