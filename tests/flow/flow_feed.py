"""Flows: the change feed."""
import threading

from desk import address, desk, eventually, flow, staff


def page(token, after=None, limit=100):
    path = f"/api/v1/events?limit={limit}" + (f"&after={after}" if after else "")
    answer = desk.get(path, token)
    assert answer.status == 200, answer.raw
    pagination = answer.json["pagination"]
    assert pagination["nextCursor"] and isinstance(pagination["hasMore"], bool)
    return answer.data["events"], pagination["nextCursor"], pagination["hasMore"]


@flow("whoever follows the feed while tickets change misses nothing and sees nothing twice")
def _():
    agent, _ = staff()
    events, cursor, more = page(agent, "now")
    assert events == [] and more is False
    owners = [desk.register(address())["accessToken"] for _ in range(4)]
    failures = []

    def work(token):
        try:
            for n in range(6):
                path = f"/api/v1/tickets/{desk.ticket(token, f'n {n}')['id']}"
                for verb, where, body, who in (("POST", path + "/comments", {"content": "a"}, token),
                                               ("PATCH", path, {"status": "in_progress"}, agent)):
                    answer = desk.call(verb, where, body, who)
                    assert answer.status in (200, 201), answer.raw
        except AssertionError as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(token,)) for token in owners]
    for thread in threads:
        thread.start()
    seen, begun, place = [], cursor, [cursor]

    def follow():
        more = True
        while more:
            events, place[0], more = page(agent, place[0], 7)
            seen.extend(events)
        return [event for event in seen if event["type"].startswith("ticket.")]

    while any(thread.is_alive() for thread in threads):
        follow()
    assert not failures, failures
    tickets = eventually("the feed has them all", lambda: len(follow()) >= 4 * 6 * 3 and follow())
    assert len(tickets) == 4 * 6 * 3
    ids = [event["id"] for event in seen]
    assert len(ids) == len(set(ids))
    for event in tickets:
        assert event["ticketId"] and event["ticketVersion"] and event["actorId"] and event["occurredAt"] and "data" in event
    versions = {}
    for event in tickets:
        assert event["ticketVersion"] > versions.get(event["ticketId"], 0)
        versions[event["ticketId"]] = event["ticketVersion"]
    again, after, more = [], begun, True
    while more:
        events, after, more = page(agent, after, 100)
        again += events
    assert [event["id"] for event in again][:len(ids)] == ids
    eventually("the trail has them all", lambda: desk.sql(
        "select count(*) from audit_log where event_id = any('{" + ",".join(ids) + "}')") == [[str(len(ids))]])


@flow("the feed from its start is what the audit trail holds")
def _():
    def trail():
        return {row[0] for row in desk.sql("select event_id from audit_log")}

    def whole_feed(token):
        events, cursor, more = [], None, True
        while more:
            some, cursor, more = page(token, cursor)
            events += some
        return events

    before = trail()
    ids = [event["id"] for event in whole_feed(desk.admin())]
    assert len(ids) == len(set(ids)) and before <= set(ids)
    eventually("the trail has come as far", lambda: set(ids) <= trail())
    types = {event["type"] for event in whole_feed(staff()[0])}
    assert "ticket.created" in types and not any(kind.startswith(("user.", "profile.")) for kind in types), types


@flow("the feed is refused to users, and a place that is none or too old to everybody")
def _():
    token, (agent, _) = desk.register(address())["accessToken"], staff()
    assert desk.get("/api/v1/events", token).status == 403
    assert desk.get("/api/v1/events").status == 401
    assert desk.get("/api/v1/events?after=nonsense", agent).json["code"] == "VALIDATION_ERROR"
    expired = desk.get("/api/v1/events?after=20200101_5_0", agent)
    assert expired.status == 400 and expired.json["code"] == "CURSOR_EXPIRED"
