/* link_page.c - /auth/links/{token}: where the link of a mail leads a browser.
 *
 * GET shows a form and changes nothing, because programs follow links, too; POST uses the link. No script. The page
 * carries the token in its own address, so it names no referrer. Whoever wants JSON gets that.
 */
#include "ingress/account/links.h"
#include "ingress/account/sessions.h"
#include "ingress/http/action.h"
#include "ingress/http/cors.h"
#include "ingress/http/page.h"
#include "ingress/http/respond.h"

#define KINDS "verify reset magic invite email_old email_new"

static const struct {
	const char *kind;
	const char *title[language_count], *button[language_count], *done[language_count];
	bool sets_password;
} pages[] = {
	{ "verify", { [LANGUAGE_FR] = "Vérifier votre adresse", [LANGUAGE_EN] = "Verify your address" },
	        { [LANGUAGE_FR] = "C'est mon adresse", [LANGUAGE_EN] = "It is my address" },
	        { [LANGUAGE_FR] = "Votre adresse est vérifiée.", [LANGUAGE_EN] = "Your address is verified." }, false },
	{ "reset", { [LANGUAGE_FR] = "Nouveau mot de passe", [LANGUAGE_EN] = "A new password" },
	        { [LANGUAGE_FR] = "Enregistrer", [LANGUAGE_EN] = "Save" },
	        { [LANGUAGE_FR] = "Votre mot de passe est changé. Connectez-vous à nouveau partout.",
	                [LANGUAGE_EN] = "Your password is changed. Sign in anew everywhere." },
	        true },
	{ "magic", { [LANGUAGE_FR] = "Connexion", [LANGUAGE_EN] = "Sign in" },
	        { [LANGUAGE_FR] = "Me connecter", [LANGUAGE_EN] = "Sign in" },
	        { [LANGUAGE_FR] = "Vous êtes connecté.", [LANGUAGE_EN] = "You are signed in." }, false },
	{ "invite", { [LANGUAGE_FR] = "Bienvenue", [LANGUAGE_EN] = "Welcome" },
	        { [LANGUAGE_FR] = "Choisir ce mot de passe", [LANGUAGE_EN] = "Choose this password" },
	        { [LANGUAGE_FR] = "Vous pouvez vous connecter.", [LANGUAGE_EN] = "You can sign in now." }, true },
	{ "email_old", { [LANGUAGE_FR] = "Changer d'adresse", [LANGUAGE_EN] = "Change your address" },
	        { [LANGUAGE_FR] = "Confirmer", [LANGUAGE_EN] = "Confirm" },
	        { [LANGUAGE_FR] = "C'est confirmé.", [LANGUAGE_EN] = "It is confirmed." }, false },
	{ "email_new", { [LANGUAGE_FR] = "Votre nouvelle adresse", [LANGUAGE_EN] = "Your new address" },
	        { [LANGUAGE_FR] = "Confirmer", [LANGUAGE_EN] = "Confirm" },
	        { [LANGUAGE_FR] = "C'est confirmé.", [LANGUAGE_EN] = "It is confirmed." }, false },
};

static const char *const password_label[language_count] = {
	[LANGUAGE_FR] = "Mot de passe", [LANGUAGE_EN] = "Password"
};

static size_t page_of(struct text kind)
{
	size_t i = 0;

	while (i + 1 < sizeof pages / sizeof *pages && !text_equal(kind, text_of(pages[i].kind)))
		i++;
	return i;
}

static void answer_json(struct call *call, enum action_id action, struct text kind)
{
	struct buffer out;

	buffer_init(&out, call->arena, 64);
	buffer_string(&out, "{");
	buffer_json_member(&out, "kind", kind);
	buffer_string(&out, "}");
	action_succeed(call, action, buffer_view(&out));
}

static void write_form(struct buffer *out, size_t page, enum language language)
{
	buffer_string(out, "<form method=\"post\">");
	if (pages[page].sets_password)
		buffer_printf(out,
		        "<p><label>%s <input type=\"password\" name=\"password\" autocomplete=\"new-password\" "
		        "required "
		        "minlength=\"8\"></label></p>",
		        password_label[language]);
	buffer_string(out, "<button>");
	page_text(out, text_of(pages[page].button[language]));
	buffer_string(out, "</button></form>\n");
}

static void answer(struct call *call, enum action_id action, struct text kind, bool is_done)
{
	size_t page = page_of(kind);
	struct buffer out;

	respond_header(call, "vary", TEXT("accept"));
	respond_header(call, "referrer-policy", TEXT("no-referrer"));
	if (!page_is_wanted(call)) {
		answer_json(call, action, kind);
		return;
	}
	buffer_init(&out, call->arena, 4096);
	page_begin(&out, pages[page].title[call->language], call->language);
	if (is_done) {
		buffer_string(&out, "<p>");
		page_text(&out, text_of(pages[page].done[call->language]));
		buffer_string(&out, "</p>\n");
	} else {
		write_form(&out, page, call->language);
	}
	page_end(&out);
	respond_plain(call, 200, PAGE_TYPE, buffer_view(&out));
}

static void on_kind(struct call *call, void *unused, struct text kind)
{
	(void)unused;
	answer(call, ACTION_link_show, kind, false);
}

void link_show(struct call *call, const struct link_show *form)
{
	links_look(call, form->token, on_kind, NULL);
}

static void on_signed_in(struct call *call, const struct sign_in *sign_in)
{
	session_set_cookie(call, sign_in);
	answer(call, ACTION_link_follow, TEXT("magic"), true);
}

static void on_used(struct call *call, void *unused, const struct link_used *used)
{
	(void)unused;
	if (text_equal(used->kind, TEXT("magic")))
		session_open_then(call, &used->subject, &(struct proof){ .method = "magic_link" }, on_signed_in);
	else
		answer(call, ACTION_link_follow, used->kind, true);
}

void link_follow(struct call *call, const struct link_follow *form)
{
	struct text password = call_form_value(call, TEXT("password"));

	if (!cors_is_ours(call)) { /* it would sign somebody in as another */
		respond_problem(call, PROBLEM_ORIGIN_REFUSED, TEXT_NONE, NULL);
		return;
	}
	links_use(call, form->token, KINDS, password.data ? password : TEXT(""), on_used, NULL);
}
