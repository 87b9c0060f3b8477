#!/usr/bin/env node
// server.js - an S3 that believes nobody: it verifies the signature (AWS Signature Version 4) of each request and the digest of
// what is sent, and keeps objects in memory. Written for the tests of base/store_s3.c.
//
//   server.js PORT        key "guichet", secret "s3-secret"; prints "ready"
//
// POST /fail?status=503&times=2   the next requests are answered so; status 0 breaks the connection off after half an answer
// POST /after?times=1             the next requests are done, and their answer is lost
"use strict";
const crypto = require("crypto");
const http = require("http");

const KEY = "guichet", SECRET = "s3-secret", PAGE = 3;
const buckets = new Map();
let failing = { status: 0, times: 0 }, losing = 0;

const hmac = (key, text) => crypto.createHmac("sha256", key).update(text).digest();
const sha256 = bytes => crypto.createHash("sha256").update(bytes).digest("hex");

function expected(request, query, signed, scope, payload) {
	const headers = signed.map(name => `${name}:${(request.headers[name] || "").trim()}\n`).join("");
	const sorted = query.split("&").filter(Boolean).sort().map(p => p.includes("=") ? p : p + "=").join("&");
	const canonical = [request.method, request.url.split("?")[0], sorted, headers, signed.join(";"), payload].join("\n");
	const text = ["AWS4-HMAC-SHA256", request.headers["x-amz-date"], scope.join("/"), sha256(canonical)].join("\n");
	return hmac(scope.reduce((key, word) => hmac(key, word), "AWS4" + SECRET), text).toString("hex");
}

// What is wrong with the request; null: nothing.
function refusal(request, body) {
	const found = /^AWS4-HMAC-SHA256 Credential=([^/]+)\/([^,]+), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/
		.exec(request.headers.authorization || "");
	const payload = request.headers["x-amz-content-sha256"];
	if (!found || found[1] !== KEY)
		return [403, found ? "InvalidAccessKeyId" : "AccessDenied"];
	const signed = found[3].split(";");
	if (!["host", "x-amz-date", "x-amz-content-sha256"].every(name => signed.includes(name)))
		return [400, "MissingSecurityHeader"];
	if (Object.keys(request.headers).some(name => name.startsWith("x-amz-") && !signed.includes(name)))
		return [403, "HeadersNotSigned"];
	if (expected(request, request.url.split("?")[1] || "", signed, found[2].split("/"), payload) !== found[4])
		return [403, "SignatureDoesNotMatch"];
	return payload === sha256(body) ? null : [400, "XAmzContentSHA256Mismatch"];
}

function error(answer, [status, code]) {
	answer.writeHead(status, { "content-type": "application/xml" });
	answer.end(`<?xml version="1.0"?><Error><Code>${code}</Code></Error>`);
}

function list(answer, bucket, query) {
	const words = new URLSearchParams(query), after = words.get("continuation-token") || "";
	const keys = [...bucket.keys()].sort().filter(key => key > after);
	const shown = keys.slice(0, PAGE), more = keys.length > PAGE;
	answer.end("<ListBucketResult>" + shown.map(key => `<Contents><Key>${key}</Key><LastModified>${bucket.get(key).at}</LastModified>` +
		`<Size>${bucket.get(key).bytes.length}</Size></Contents>`).join("") +
		(more ? `<NextContinuationToken>${shown[shown.length - 1]}</NextContinuationToken>` : "") + "</ListBucketResult>");
}

function give(request, answer, object) {
	const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range || "");
	const size = object.bytes.length;
	if (range && Number(range[1]) >= size)
		return error(answer, [416, "InvalidRange"]);
	const [from, to] = range ? [Number(range[1]), Math.min(Number(range[2]), size - 1)] : [0, size - 1];
	answer.writeHead(range ? 206 : 200, { "content-length": to - from + 1, ...(range && { "content-range": `bytes ${from}-${to}/${size}` }) });
	answer.end(request.method === "HEAD" ? undefined : object.bytes.subarray(from, to + 1));
}

function put(request, answer, bucket, key, body) {
	const source = /^\/([^/]+)\/(.+)$/.exec(request.headers["x-amz-copy-source"] || "");
	const copied = source && buckets.has(source[1]) && buckets.get(source[1]).get(source[2]);
	if (source && !copied)
		return error(answer, [404, "NoSuchKey"]);
	bucket.set(key, { bytes: source ? copied.bytes : body, at: new Date().toISOString() });
	answer.end(source ? "<CopyObjectResult></CopyObjectResult>" : "");
}

function act(request, answer, body) {
	const [path, query = ""] = request.url.split("?");
	const [, name, key] = /^\/([^/]+)\/?(.*)$/.exec(path) || [];
	if (request.method === "PUT" && !key)
		return buckets.has(name) ? error(answer, [409, "BucketAlreadyOwnedByYou"]) : (buckets.set(name, new Map()), answer.end());
	const bucket = buckets.get(name);
	if (!bucket)
		return error(answer, [404, "NoSuchBucket"]);
	if (!key)
		return list(answer, bucket, query);
	if (request.method === "PUT")
		return put(request, answer, bucket, key, body);
	if (!bucket.has(key) && request.method !== "DELETE")
		return error(answer, [404, "NoSuchKey"]);
	if (request.method !== "DELETE")
		return give(request, answer, bucket.get(key));
	bucket.delete(key);
	answer.writeHead(204).end();
}

function serve(request, answer, body) {
	const steer = /^\/(fail|after)\?(.*)$/.exec(request.url);
	if (steer) {
		const words = new URLSearchParams(steer[2]);
		if (steer[1] === "fail")
			failing = { status: Number(words.get("status")), times: Number(words.get("times")) };
		else
			losing = Number(words.get("times"));
		return answer.end();
	}
	if (failing.times > 0) {
		failing.times--;
		return failing.status ? error(answer, [failing.status, "SlowDown"]) : request.socket.destroy();
	}
	const wrong = refusal(request, body);
	if (wrong)
		return error(answer, wrong);
	if (losing > 0) {
		losing--;
		act(request, { writeHead() { return this; }, end() {} }, body);
		return request.socket.destroy();
	}
	act(request, answer, body);
}

http.createServer((request, answer) => {
	const parts = [];
	request.on("data", part => parts.push(part));
	request.on("end", () => serve(request, answer, Buffer.concat(parts)));
}).listen(Number(process.argv[2]), "127.0.0.1", () => console.log("ready"));
