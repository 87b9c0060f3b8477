/* visitor.c - see visitor.h. */
#include "ingress/http/visitor.h"

#include "ingress/http/page.h"
#include "ingress/http/respond.h"
#include "queues/ticket_number.h"

static const char *const titles[language_count] = { [LANGUAGE_FR] = "Connectez-vous", [LANGUAGE_EN] = "Sign in" };

/* The first of both stands before the number of the ticket. */
static const char *const about[language_count][2] = {
	[LANGUAGE_FR] = { "<p>Vous avez suivi le lien d'un message de votre support", ". " },
	[LANGUAGE_EN] = { "<p>You have followed the link of a message from your helpdesk", ". " },
};

static const char *const advice[language_count] = {
	[LANGUAGE_FR] =
	        "Cette demande ne se lit qu'une fois connecté, par les personnes qu'elle concerne.</p>\n<ul>"
	        "<li>Ouvrez l'application de votre support, connectez-vous avec l'adresse à laquelle le message "
	        "a été envoyé, et cherchez ce numéro.</li>"
	        "<li>Si vous n'avez pas de compte, créez-en un avec cette adresse, ou écrivez à votre support.</li>"
	        "<li>Si vous n'attendiez aucun message, il n'y a rien à faire.</li></ul>\n",
	[LANGUAGE_EN] =
	        "It can be read by those it concerns, once they are signed in.</p>\n<ul>"
	        "<li>Open your helpdesk's application, sign in with the address the message was sent to, and look for "
	        "this number.</li>"
	        "<li>If you have no account, open one with that address, or write to your helpdesk.</li>"
	        "<li>If you expected no message, there is nothing to do.</li></ul>\n",
};

bool visitor_is(const struct call *call)
{
	return call->verb == GET && !call_header(call, "authorization").len && page_is_wanted(call);
}

/* The path's last segment, when it is a ticket's number: in no other form does the page repeat what it was sent. */
static struct text number_asked(const struct call *call)
{
	size_t at = call->path.len;
	struct text last;
	struct uuid id;

	while (at && call->path.data[at - 1] != '/')
		at--;
	last = (struct text){ call->path.data + at, call->path.len - at };
	return ticket_number_parse(last, &id) ? ticket_number_text(call->arena, &id) : TEXT_NONE;
}

void visitor_answer(struct call *call)
{
	struct text number = number_asked(call);
	struct buffer out;

	buffer_init(&out, call->arena, 4096);
	page_begin(&out, titles[call->language], call->language);
	buffer_string(&out, about[call->language][0]);
	if (number.len) {
		buffer_string(&out, " (<b>");
		page_text(&out, number);
		buffer_string(&out, "</b>)");
	}
	buffer_string(&out, about[call->language][1]);
	buffer_string(&out, advice[call->language]);
	page_end(&out);
	respond_header(call, "www-authenticate", TEXT("Bearer realm=\"guichet\""));
	respond_header(call, "vary", TEXT("accept, accept-language"));
	respond_header(call, "content-language", text_of(language_words[call->language]));
	respond_plain(call, 401, PAGE_TYPE, buffer_view(&out));
}
