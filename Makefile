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
LDFLAGS  := -pie -Wl,-z,relro,-z,now $(SANFLAGS)

# What each layer may call; a program names its layers and the libraries they need.
LIBS_base      := -lh2o-evloop -lhiredis -largon2 -lunistring -lssl -lcrypto -lpthread
LIBS_queues    := -lrabbitmq -ljansson -lidn2
LIBS_sql       := -lpq
LIBS_templates :=
LIBS_ingress   := -lh2o-evloop -ljwt -lz
LIBS_mail      := -lesmtp
LIBS_guichetctl := -lcurl

LAYERS   := base queues sql templates
WORKERS  := $(notdir $(patsubst %/,%,$(dir $(wildcard workers/*/main.c))))
PROGRAMS := guichet-ingress guichetctl $(addprefix guichet-,$(WORKERS))

objects   = $(patsubst %.c,$(BUILD)/obj/%.o,$(1))
sources   = $(sort $(wildcard $(1)/*.c))
layer_lib = $(BUILD)/lib/lib$(1).a
ALL_LIBS  := $(foreach l,templates queues sql base,$(call layer_lib,$(l)))
ALL_LINK  := $(LIBS_queues) $(LIBS_sql) $(LIBS_templates) $(LIBS_base) -lm

.DELETE_ON_ERROR:
.PHONY: all
all: $(addprefix $(BUILD)/bin/,$(PROGRAMS)) ## build every program into build/bin

# --- generated: named SQL blocks become an enum, migrations an array -----------------
GEN := $(BUILD)/gen/sql_queries.h $(BUILD)/gen/sql_queries.c $(BUILD)/gen/sql_migrations.c

$(BUILD)/gen/sql_queries.h $(BUILD)/gen/sql_queries.c &: sql/embed.awk $(sort $(wildcard sql/columns/*.def)) \
		$(sort $(wildcard sql/queries/*.sql))
	@mkdir -p $(@D)
	awk -v header=$(BUILD)/gen/sql_queries.h -v code=$(BUILD)/gen/sql_queries.c -f sql/embed.awk \
		$(filter %.def %.sql,$^)

$(BUILD)/gen/sql_migrations.c: sql/embed_migrations.awk $(sort $(wildcard sql/migrations/*.sql)) sql/roles.sql sql/grants.sql
	@mkdir -p $(@D)
	awk -f sql/embed_migrations.awk $(filter %.sql,$^) > $@

$(BUILD)/gen/templates_embedded.c: templates/embed.awk $(sort $(wildcard templates/*/*.txt templates/*/*.html))
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

# --- programs ------------------------------------------------------------------------
SKELETON := $(call sources,workers)
INGRESS  := $(sort $(wildcard ingress/*.c ingress/*/*.c))

define program_rule
$(BUILD)/bin/$(1): $(call objects,$(2)) $(ALL_LIBS)
	@mkdir -p $$(@D)
	@echo "  link  $$@"
	@$(CC) $(LDFLAGS) $$(filter %.o,$$^) -Wl,--start-group $(ALL_LIBS) -Wl,--end-group $(3) $(ALL_LINK) -o $$@
endef
$(eval $(call program_rule,guichet-ingress,$(INGRESS),$(LIBS_ingress)))
$(eval $(call program_rule,guichetctl,$(call sources,ops/guichetctl),$(LIBS_guichetctl)))
$(foreach w,$(WORKERS),$(eval $(call program_rule,guichet-$(w),$(SKELETON) $(call sources,workers/$(w)),$(LIBS_$(w)))))

-include tests/tests.mk

.PHONY: setup run check test clean help format psql env settings
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

psql: ## a SQL prompt on the running local stack
	@. var/stack/env && psql "$$DATABASE_URL"

format: ## lay out the C sources (.clang-format)
	clang-format -i $$(git ls-files '*.c' '*.h')

clean: ## remove build/
	rm -rf build

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## /\1\t/' | expand -t 12

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
