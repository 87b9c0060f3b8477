# Guichet - `make help` lists what can be asked for.
#
# The layers are archives, and a program links only what it may include:
#   base <- queues, sql, templates <- ingress, workers. A breach does not link.

SAN      ?=
CC       := gcc
comma    := ,
BUILD    := build$(if $(SAN),/$(subst $(comma),-,$(SAN)))
WARN     := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Werror
SANFLAGS := $(if $(SAN),-fsanitize=$(SAN) -fno-omit-frame-pointer -fno-sanitize-recover=all)
HARDEN   := -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fPIE
CFLAGS   := -std=gnu17 -O2 -g $(WARN) $(if $(SAN),-fPIE,$(HARDEN)) $(SANFLAGS) $(if $(FAULT_POINTS),-DFAULT_POINTS)
CPPFLAGS = -D_GNU_SOURCE -DH2O_USE_LIBUV=0 -I. -I$(BUILD)/gen -isystem /usr/include/hiredis \
           -isystem /usr/include/postgresql -MMD -MP
LDFLAGS  := -pie -Wl,--as-needed,-z,relro,-z,now $(SANFLAGS)

# What each layer may call; a program names its layers and the libraries they need.
# (libical is for who uses base/recurrence.c alone)
LIBS_base      := -lcurl -lh2o-evloop -lhiredis -largon2 -lunistring -lssl -lcrypto -lpthread \
                  -Wl,--push-state,--as-needed -lical -Wl,--pop-state
LIBS_queues    := -lrabbitmq -ljansson -lidn2 -Wl,--push-state,--as-needed -ljwt -Wl,--pop-state
LIBS_sql       := -lpq
LIBS_templates := -ljansson
LIBS_ingress   := -lh2o-evloop -lwslay -lz -lmagic -lqrencode -lldap -llber
LIBS_mail      := -lesmtp
LIBS_picture    := $(shell pkg-config --libs vips) -lseccomp
LIBS_guichetctl := -lcurl -lical

LAYERS   := base queues sql templates
WORKERS  := $(notdir $(patsubst %/,%,$(dir $(wildcard workers/*/main.c))))
PROGRAMS := guichet-ingress guichet-mail-ingress guichetctl guichetpicture guichetmail $(addprefix guichet-,$(WORKERS))

objects   = $(patsubst %.c,$(BUILD)/obj/%.o,$(1))
sources   = $(sort $(wildcard $(1)/*.c))
layer_lib = $(BUILD)/lib/lib$(1).a
ALL_LIBS  := $(foreach l,templates queues sql base,$(call layer_lib,$(l)))
ALL_LINK  := $(LIBS_queues) $(LIBS_sql) $(LIBS_templates) $(LIBS_base) -lm

.DELETE_ON_ERROR:
.PHONY: all
all: $(addprefix $(BUILD)/bin/,$(PROGRAMS)) ## build every program into build/bin

# --- generated: named SQL blocks become an enum, migrations an array, functions a script -----------------
GEN := $(BUILD)/gen/sql_queries.h $(BUILD)/gen/sql_queries.c $(BUILD)/gen/sql_migrations.c

$(BUILD)/gen/sql_queries.h $(BUILD)/gen/sql_queries.c &: sql/embed.awk $(sort $(wildcard sql/columns/*.def)) \
		$(sort $(wildcard sql/queries/*.sql))
	@mkdir -p $(@D)
	awk -v header=$(BUILD)/gen/sql_queries.h -v code=$(BUILD)/gen/sql_queries.c -f sql/embed.awk \
		$(filter %.def %.sql,$^)

$(BUILD)/gen/sql_migrations.c: sql/embed_migrations.awk $(sort $(wildcard sql/migrations/*.sql)) \
		$(sort $(wildcard sql/functions/*.sql)) sql/roles.sql sql/grants.sql
	@mkdir -p $(@D)
	@echo "  embed sql/migrations sql/functions sql/roles.sql sql/grants.sql"
	@awk -f sql/embed_migrations.awk $(filter %.sql,$^) > $@

$(BUILD)/gen/templates_embedded.c: templates/embed.awk $(sort $(wildcard templates/layout.* templates/*/*.txt templates/*/*.html))
	@mkdir -p $(@D)
	awk -f templates/embed.awk $(filter-out %.awk,$^) > $@

# --- layers --------------------------------------------------------------------------
$(BUILD)/obj/%.o: %.c | $(GEN)
	@mkdir -p $(@D)
	@echo "  cc    $<"
	@$(CC) $(CPPFLAGS) $(CFLAGS) -c $< -o $@

$(BUILD)/gen/%.o: $(BUILD)/gen/%.c | $(GEN)
	@echo "  cc    $<"
	@$(CC) $(CPPFLAGS) $(CFLAGS) -c $< -o $@

EXTRA_sql := $(BUILD)/gen/sql_queries.o $(BUILD)/gen/sql_migrations.o
EXTRA_templates := $(BUILD)/gen/templates_embedded.o

define layer_rule
$(call layer_lib,$(1)): $(call objects,$(call sources,$(1))) $(EXTRA_$(1))
	@mkdir -p $$(@D)
	@rm -f $$@
	@echo "  ar    $$@"
	@ar rcs $$@ $$^
endef
$(foreach l,$(LAYERS),$(eval $(call layer_rule,$(l))))

# What strangers' mail is read with: guichetmail's alone, and its tests' (base/mail/mail.h).
MAIL_LIB := $(BUILD)/lib/libmail.a
MAIL_SYS := $(patsubst -I%,-isystem %,$(shell pkg-config --cflags-only-I gmime-3.0))
LIBS_reading := $(shell pkg-config --libs gmime-3.0) -licuuc -licui18n -lgumbo -ljansson
$(call objects,$(call sources,base/mail)): CPPFLAGS += $(MAIL_SYS)
$(MAIL_LIB): $(call objects,$(call sources,base/mail))
	@mkdir -p $(@D)
	@rm -f $@
	@echo "  ar    $@"
	@ar rcs $@ $^

# --- programs ------------------------------------------------------------------------
SKELETON := $(call sources,workers)
# The room of mail is a program of its own, with the loop of the other rooms.
INGRESS  := $(filter-out ingress/mail/%,$(sort $(wildcard ingress/*.c ingress/*/*.c)))
MAIL_INGRESS := $(call sources,ingress/mail) $(addprefix ingress/http/,crew.c database.c listen.c loop.c report.c tls.c)

# What guichetctl backup and restore do, for whoever else takes backups.
BACKUP := $(call sources,ops/backup)
# What guichetctl doctor looks at. A second program that links it needs of ops/guichetctl what that includes:
# topology_compare, topology_wanted, secrets and say.
DOCTOR := $(call sources,ops/doctor)

# The page of operators is in ingress as it stands there (.incbin).
$(BUILD)/obj/ingress/screen/screen.o: $(sort $(wildcard ingress/screen/*.html ingress/screen/*.css ingress/screen/*.js))

define program_rule
$(BUILD)/bin/$(1): $(call objects,$(2)) $(ALL_LIBS)
	@mkdir -p $$(@D)
	@echo "  link  $$@"
	@$(CC) $(LDFLAGS) $$(filter %.o,$$^) -Wl,--start-group $(ALL_LIBS) -Wl,--end-group $(3) $(ALL_LINK) -o $$@
endef
$(eval $(call program_rule,guichet-ingress,$(INGRESS),$(LIBS_ingress)))
$(eval $(call program_rule,guichet-mail-ingress,$(MAIL_INGRESS),-lh2o-evloop))
$(eval $(call program_rule,guichetctl,$(call sources,ops/guichetctl) $(DOCTOR) $(BACKUP),$(LIBS_guichetctl)))
$(foreach w,$(WORKERS),$(eval $(call program_rule,guichet-$(w),$(SKELETON) $(call sources,workers/$(w)),$(LIBS_$(w)))))

# What touches other people's pictures and mail speaks to nobody (base/jail.h).
CONFINED := $(call objects,$(call sources,workers/scan/confined))
$(CONFINED): CPPFLAGS += $(patsubst -I%,-isystem %,$(shell pkg-config --cflags-only-I vips))
$(BUILD)/bin/guichetpicture: $(CONFINED) $(call layer_lib,base)
	@mkdir -p $(@D)
	@echo "  link  $@"
	@$(CC) $(LDFLAGS) $^ $(LIBS_picture) -o $@

$(BUILD)/bin/guichetmail: $(call objects,$(call sources,base/mail/confined)) $(MAIL_LIB) $(call layer_lib,base)
	@mkdir -p $(@D)
	@echo "  link  $@"
	@$(CC) $(LDFLAGS) $^ $(LIBS_reading) -lunistring -lcrypto -lseccomp -o $@

-include tests/tests.mk

.PHONY: setup run check test clean help format psql env settings man
setup: ## install what Debian packages are missing
	ops/setup

run: ## the whole product in the foreground: set-up, build, start, URLs printed (PORT_BASE=8080, STATE=var/stack)
	ops/setup build run
	$(MAKE) --no-print-directory -j2 all
	ops/stack run $(if $(PORT_BASE),--port-base $(PORT_BASE)) $(if $(STATE),--state $(STATE))

env: ## settings and secrets of docker-compose.yml, in .env (ops/env --help)
	@ops/env

settings: all ## bring .env.example and docker-compose.yml in line with the settings of the programs
	@ops/settings

.PHONY: compose
compose: ## write the workers' services of docker-compose.yml anew from queues/programs.def
	@ops/compose/services

man: $(BUILD)/bin/guichetctl ## the manual page of guichetctl, in build/guichetctl.1
	@$< man > build/guichetctl.1

psql: ## a SQL prompt on the running local stack
	@. var/stack/env && psql "$$DATABASE_URL"

format: ## lay out the C sources (.clang-format)
	clang-format -i $$(git ls-files '*.c' '*.h')

clean: ## remove build/
	rm -rf build

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## /\1\t/' | expand -t 12

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
