"""telling.py - what people and programs are told: mail to a sink, from a POST to its mail, and webhooks."""
import json
import time

from desk import eventually
from rig import TOOLS, Turns, run

TURNS, SENDERS, DOMAINS = 3, 2, 50
MAIL_BYTES = 6400  # of the mail below; what smtp-source sends is of the same size
HOOK = "01a1fd58-6070-72aa-8817-92a3b4c5d6e7"

MAILS = """
insert into mails (id, template, language, recipient, event_id, fields, next_attempt_at)
select gen_random_uuid(), 'ticket_updated', 'fr', 'p' || n || '@d' || n %% {domains} || '.example', gen_random_uuid(),
	jsonb_build_object('userName', 'Zoé', 'ticketNumber', 'HD-2026-' || n, 'title', 'bench', 'subjectTitle', 'bench', 'oldStatus', 'open',
		'newStatus', 'in_progress', 'comment', repeat('Still on fire. ', 70)), now()
from generate_series(1, {count}) n;
analyze mails""".replace("%%", "%")

NGINX = """daemon off; pid {dir}/pid; worker_processes 1; error_log {dir}/error;
events {{ worker_connections 512; }}
http {{ access_log off; client_body_temp_path {dir}/body; keepalive_requests 1000000;
  server {{ listen 127.0.0.1:{port}; location / {{ return 204; }} }} }}"""

DELIVERIES = """
insert into webhooks (id, url, events, generation) values ('{hook}', 'http://127.0.0.1:{port}/hook', '{{ticket.bench}}', 1);
insert into webhook_deliveries (id, webhook_id, event_id, event_type, body)
select gen_random_uuid(), '{hook}', gen_random_uuid(), 'ticket.bench', jsonb_build_object('id', n, 'data', repeat('x', 400))::text
from generate_series(1, {count}) n"""


def handed_over(rig, count):
    """Mails that wait, by one worker; a second."""
    rig.stop("mail")
    rig.psql(MAILS.format(count=count, domains=DOMAINS))
    rig.checkpoint()
    rig.stack("start", "mail")
    eventually("all are sent", lambda: rig.psql("select count(*) from mails where state <> 'sent' and template = 'ticket_updated'").strip() == "0", 120)
    took = float(rig.psql("select extract(epoch from max(sent_at) - min(tried_at)) from mails where template = 'ticket_updated'"))
    rig.psql("delete from mails where template = 'ticket_updated'")
    return count / took


def sourced(rig, count):
    sink = rig.env_of("mail")["SMTP_URL"].removeprefix("smtp://")
    begun = time.monotonic()
    run(["smtp-source", "-d", "-s", SENDERS, "-m", count, "-l", MAIL_BYTES, "-f", "load@example.org", "-t", "p@example.org", sink], "smtp-source")
    return count / (time.monotonic() - begun)


def handover(rig, table):
    """Wanted: 0.5 of what smtp-source hands to the same sink, with as many connections and as large."""
    rig.running()
    rig.settle()
    count = 5000 // (20 if rig.small else 1)
    got = Turns("hand-over")
    for _ in range(TURNS):
        got.add("mail worker", handed_over(rig, count))
        got.add("smtp-source", sourced(rig, count))
    return table.pair("mail handed over, wanted 0.5", got["mail worker"], f"smtp-source -d, {SENDERS} connections", got["smtp-source"])


def told(rig, table):
    """From the POST of a ticket to the mail that confirms it, 50 a second. A ticket's id holds the moment of its POST; sent_at is
    a commit behind the sink's 250, so the figure is a little more than it is. Wanted: p95 below 500 ms."""
    rig.running()
    rig.settle()
    tokens, seconds = rig.scratch / "told.tokens", 3 if rig.small else 30
    rig.register("told@example.org")
    tokens.write_text(rig.login("told@example.org") + "\n")
    since = rig.psql("select now()").strip()
    run([TOOLS / "open_loop", "--url", rig.env["GUICHET_URL"], "--tokens", tokens, "--rate", 100, "--seconds", seconds], "50 tickets a second")
    rig.settle()
    eventually("all are sent", lambda: rig.psql("select count(*) from mails where state <> 'sent'").strip() == "0", 60)
    ms = json.loads(rig.psql(f"""select to_json(array(select round(v::numeric, 1) from unnest(percentile_disc(array[0.5, 0.95, 0.99]) within group (
        order by extract(epoch from sent_at) * 1000 - ('x' || left(replace(ticket_id::text, '-', ''), 12))::bit(48)::bigint)) v))
        from mails where template = 'ticket_created' and created_at > '{since}'"""))
    table.plain("POST to mail at 50/s, p95 < 500 ms", f"p50 {ms[0]} ms, p95 {ms[1]} ms, p99 {ms[2]} ms")
    return dict(zip(("p50", "p95", "p99"), ms))


def hooks(rig, table):
    """Deliveries to a fast endpoint: nginx, which answers 204. The rows are written beforehand, as the worker itself writes them, so that
    sending, signing and recording is what is measured. Wanted: 2,000 a second."""
    rig.running()
    count, port, folder = 20000 // (20 if rig.small else 1), rig.free_port(), rig.scratch / "nginx"
    folder.mkdir()
    (folder / "conf").write_text(NGINX.format(dir=folder, port=port))
    rig.help(["nginx", "-p", folder, "-c", folder / "conf", "-e", folder / "error"])
    rig.psql(DELIVERIES.format(hook=HOOK, port=port, count=count))
    eventually("all are delivered", lambda: rig.psql(
        f"select count(*) from webhook_deliveries where webhook_id = '{HOOK}' and state <> 'delivered'").strip() == "0", 100)
    took = float(rig.psql(f"select extract(epoch from max(finished_at) - min(created_at)) from webhook_deliveries where webhook_id = '{HOOK}'"))
    table.plain("webhooks, wanted 2,000/s", f"{count / took:,.0f}/s")
    return round(count / took)
