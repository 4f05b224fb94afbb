-- What Ascolto asks of Citus, without Citus: the functions write down how they were called and refuse what the extension
-- refuses; the catalogue's tables hold what they would.
CREATE SCHEMA stand_in;
SET search_path = stand_in;
CREATE TABLE calls (n BIGINT GENERATED ALWAYS AS IDENTITY, call TEXT NOT NULL, sequential TEXT);
CREATE TABLE pg_dist_partition (
    logicalrelid REGCLASS PRIMARY KEY, partmethod "char", partkey TEXT, colocationid INT, repmodel "char");
CREATE TABLE pg_dist_local_group (groupid INT);
INSERT INTO pg_dist_local_group VALUES (0);
CREATE TABLE pg_dist_node (nodename TEXT, groupid INT, isactive BOOL, noderole TEXT);
INSERT INTO pg_dist_node VALUES ('coordinator', 0, true, 'primary'), ('one', 1, true, 'primary'), ('two', 2, true, 'primary');

CREATE FUNCTION citus_version() RETURNS TEXT LANGUAGE sql AS $$ SELECT 'Citus 13.2.2 on a stand-in' $$;
CREATE FUNCTION column_to_column_name(t REGCLASS, v TEXT) RETURNS TEXT LANGUAGE sql STRICT AS $$ SELECT v $$;

CREATE FUNCTION note(call TEXT) RETURNS VOID LANGUAGE sql SET search_path = stand_in AS $$
    INSERT INTO calls (call, sequential) VALUES (call, current_setting('citus.multi_shard_modify_mode', true)) $$;

CREATE FUNCTION refuse_placed(t REGCLASS) RETURNS VOID LANGUAGE plpgsql SET search_path = stand_in AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM pg_dist_partition p WHERE p.logicalrelid = t) THEN
        RAISE EXCEPTION 'table % is already distributed', t;
    END IF;
    IF EXISTS (SELECT 1 FROM pg_trigger g WHERE g.tgrelid = t AND NOT g.tgisinternal) THEN
        RAISE EXCEPTION 'triggers are not supported on distributed tables';
    END IF;
END $$;

CREATE FUNCTION create_reference_table(table_name REGCLASS) RETURNS VOID LANGUAGE plpgsql
SET search_path = stand_in AS $$
BEGIN
    PERFORM refuse_placed(table_name);
    PERFORM note(format('reference %s', replace(table_name::text, 'public.', '')));
    INSERT INTO pg_dist_partition VALUES (table_name, 'n', NULL, 1, 't');
END $$;

CREATE FUNCTION create_distributed_table(table_name REGCLASS, distribution_column TEXT,
    distribution_type TEXT DEFAULT 'hash', colocate_with TEXT DEFAULT 'default', shard_count INT DEFAULT NULL)
RETURNS VOID LANGUAGE plpgsql SET search_path = stand_in, public AS $$
DECLARE
    wanted SMALLINT;
    of_group INT := 2;
    bad TEXT;
BEGIN
    PERFORM refuse_placed(table_name);
    SELECT attnum INTO wanted FROM pg_attribute WHERE attrelid = table_name AND attname = distribution_column
        AND attnotnull AND atttypid = 'bigint'::regtype;
    IF wanted IS NULL THEN
        RAISE EXCEPTION 'column % of % cannot distribute it', distribution_column, table_name;
    END IF;
    SELECT i.indexrelid::regclass::text INTO bad FROM pg_index i
    WHERE i.indrelid = table_name AND i.indisunique AND NOT (wanted = ANY (i.indkey::smallint[]));
    IF bad IS NOT NULL THEN
        RAISE EXCEPTION 'cannot create constraint on %: % has not the distribution column', table_name, bad;
    END IF;
    IF colocate_with <> 'none' THEN
        SELECT p.colocationid INTO of_group FROM pg_dist_partition p
        WHERE p.logicalrelid = colocate_with::regclass AND p.partmethod = 'h';
        IF of_group IS NULL THEN
            RAISE EXCEPTION '% is not distributed', colocate_with;
        END IF;
    END IF;
    PERFORM note(format('distributed %s by %s %s with %s', replace(table_name::text, 'public.', ''), distribution_column,
        distribution_type, colocate_with));
    INSERT INTO pg_dist_partition VALUES (table_name, 'h', distribution_column, of_group, 's');
END $$;
