/* unsubscribe.c - /unsubscribe/{token}?topic=: the link of a mail that declines the mails of a topic, RFC 8058.
 *
 * No sign-in, no cookie: the token is good for one account and that topic. GET shows a page with a button; POST, by
 * the button or by a program that reads mail, becomes the command account.decline in the account's name.
 */
#include "ingress/command/submit.h"
#include "ingress/http/action.h"
#include "ingress/http/page.h"
#include "queues/mail_token.h"
#include "queues/preferences.h"

/* 0, and the call is answered: the link is not one of ours. */
static enum notification_topic read_link(struct call *call, struct text token, struct uuid *account)
{
	struct text word = call_parameter(call, TEXT("topic"));
	unsigned topic = word_find(word, notification_topic_words, notification_topic_count);

	if (topic && mail_token_read(MAIL_TOKEN_UNSUBSCRIBE, token, word, account))
		return (enum notification_topic)topic;
	respond_problem(call, PROBLEM_NOT_FOUND, TEXT_NONE, NULL);
	return notification_topic_absent;
}

/* The form has no address of its own: it goes where the page came from. */
static void answer(struct call *call, enum action_id action, enum notification_topic topic, bool asks)
{
	struct text said = text_of(actions[action].said[call->language]);
	struct buffer out;

	buffer_init(&out, call->arena, 4096);
	respond_header(call, "vary", TEXT("accept"));
	if (!page_is_wanted(call)) {
		buffer_string(&out, "{");
		buffer_json_member(&out, "topic", text_of(topics[topic].word));
		buffer_string(&out, "}");
		action_succeed(call, action, buffer_view(&out));
		return;
	}
	page_begin(&out, topics[topic].title[call->language], call->language);
	buffer_string(&out, "<p>");
	page_text(&out, said);
	buffer_string(&out, "</p>\n");
	if (asks)
		buffer_printf(&out,
		        "<form method=\"post\"><input type=\"hidden\" name=\"List-Unsubscribe\" "
		        "value=\"One-Click\"><button>%s</button></form>\n",
		        call->language == LANGUAGE_EN ? "Unsubscribe" : "Se désabonner");
	page_end(&out);
	respond_plain(call, 200, PAGE_TYPE, buffer_view(&out));
}

void unsubscribe_show(struct call *call, const struct unsubscribe_show *form)
{
	struct uuid account;
	enum notification_topic topic = read_link(call, form->token, &account);

	if (topic)
		answer(call, ACTION_unsubscribe_show, topic, true);
}

static void on_settled(struct order *order, enum fate fate)
{
	const struct account_decline *fields = order->fields;

	if (fate == FATE_ACCEPTED || (fate == FATE_TOLD && order->outcome.status < 300))
		answer(order->call, ACTION_unsubscribe, fields->topic, false);
	else
		order_answer(order, fate);
}

void unsubscribe(struct call *call, const struct unsubscribe *form)
{
	struct account_decline *fields = ARENA_NEW(call->arena, struct account_decline);

	fields->topic = read_link(call, form->token, &call->principal.account_id);
	if (fields->topic)
		submit_settled(call, COMMAND_account_decline, actions[ACTION_unsubscribe].path, fields, on_settled);
}
