# db.mk - db_test, db_loop_test: sql/ compiled against queries of the tests' own.

DB_TEST_DIR     := $(BUILD)/tests/handlers/db
DB_TEST_SQL     := sql/queries/migrate.sql tests/handlers/db_queries.sql
DB_TEST_SOURCES := sql/db.c sql/db_wire.c sql/db_connect.c sql/db_result.c sql/db_loop.c \
                   sql/migrate.c tests/handlers/db_room.c
DB_TEST_OBJECTS := $(DB_TEST_SOURCES:%.c=$(DB_TEST_DIR)/%.o) $(DB_TEST_DIR)/gen/sql_queries.o

$(DB_TEST_DIR)/gen/sql_queries.h $(DB_TEST_DIR)/gen/sql_queries.c &: sql/embed.awk $(DB_TEST_SQL)
	@mkdir -p $(@D)
	awk -v header=$(DB_TEST_DIR)/gen/sql_queries.h -v code=$(DB_TEST_DIR)/gen/sql_queries.c \
		-f sql/embed.awk $(DB_TEST_SQL)

$(DB_TEST_DIR)/gen/sql_queries.o: $(DB_TEST_DIR)/gen/sql_queries.c
	$(CC) -I$(DB_TEST_DIR)/gen $(CPPFLAGS) $(CFLAGS) -c $< -o $@

$(DB_TEST_DIR)/%.o: %.c | $(DB_TEST_DIR)/gen/sql_queries.h
	@mkdir -p $(@D)
	$(CC) -I$(DB_TEST_DIR)/gen $(CPPFLAGS) $(CFLAGS) -c $< -o $@

$(BUILD)/tests/handlers/db_test $(BUILD)/tests/handlers/db_loop_test: $(BUILD)/tests/handlers/%: \
		$(DB_TEST_DIR)/tests/handlers/%.o $(DB_TEST_OBJECTS) $(call layer_lib,base)
	$(CC) $(LDFLAGS) $^ $(LIBS_sql) $(LIBS_base) -lcmocka -o $@
