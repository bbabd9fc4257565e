"""What is said to PostgreSQL, always on psql's standard input and with nothing put into it.

Extensions that an administrator made, and what belongs to them, are never counted nor dropped; the schema `public`
stays, because before PostgreSQL 15 it is not the app's to make again.
"""

_OURS = """
  n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
  AND NOT EXISTS (SELECT FROM pg_depend d
    WHERE d.objid = c.oid AND d.classid = 'pg_class'::regclass AND d.deptype = 'e')
"""

COUNT_OBJECTS = f"""
SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND {_OURS};
"""

COUNT_TABLES = f"""
SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND {_OURS};
"""

# One line of JSON per table, [name, rows]; psql runs what the first question answers.
COUNT_ROWS = f"""
SELECT format('SELECT json_build_array(%L, count(*)) FROM ONLY %I.%I',
  CASE n.nspname WHEN 'public' THEN c.relname ELSE n.nspname || '.' || c.relname END, n.nspname, c.relname)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND {_OURS} ORDER BY n.nspname, c.relname \\gexec
"""

# The snapshot lives as long as the transaction, in which rows are counted then.
SHARE_SNAPSHOT = """
BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY;
SELECT pg_export_snapshot();
"""

SIZE = "SELECT pg_database_size(current_database());"

DISCONNECT_OTHERS = """
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid();
"""

DROP_ALL = """
SET LOCAL client_min_messages = warning;
SET LOCAL lock_timeout = '60s';
DO $semai$
DECLARE
  me oid := (SELECT oid FROM pg_roles WHERE rolname = current_user);
  found record;
BEGIN
  FOR found IN SELECT extname FROM pg_extension WHERE extowner = me AND extname <> 'plpgsql' LOOP
    EXECUTE format('DROP EXTENSION IF EXISTS %I CASCADE', found.extname);
  END LOOP;
  FOR found IN SELECT nspname FROM pg_namespace
    WHERE nspowner = me AND nspname <> 'public' AND nspname NOT LIKE 'pg\\_%' LOOP
    EXECUTE format('DROP SCHEMA IF EXISTS %I CASCADE', found.nspname);
  END LOOP;
  FOR found IN SELECT n.nspname, c.relname, CASE c.relkind
      WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'f' THEN 'FOREIGN TABLE'
      WHEN 'S' THEN 'SEQUENCE' WHEN 'c' THEN 'TYPE' ELSE 'TABLE' END AS kind
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'public' AND c.relowner = me AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S', 'c')
      AND NOT EXISTS (SELECT FROM pg_depend d
        WHERE d.objid = c.oid AND d.classid = 'pg_class'::regclass AND d.deptype IN ('e', 'i'))
    ORDER BY c.relkind = 'S' LOOP
    EXECUTE format('DROP %s IF EXISTS %I.%I CASCADE', found.kind, found.nspname, found.relname);
  END LOOP;
  FOR found IN SELECT unnest(ARRAY(
      SELECT p.oid::regprocedure::text FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
      WHERE n.nspname = 'public' AND p.proowner = me
        AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.classid = 'pg_proc'::regclass
          AND d.deptype = 'e'))) AS routine LOOP
    EXECUTE format('DROP ROUTINE IF EXISTS %s CASCADE', found.routine);
  END LOOP;
  FOR found IN SELECT n.nspname, t.typname, CASE t.typtype WHEN 'd' THEN 'DOMAIN' ELSE 'TYPE' END AS kind
    FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
    WHERE n.nspname = 'public' AND t.typowner = me AND t.typtype IN ('e', 'd', 'r')
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = t.oid AND d.classid = 'pg_type'::regclass
        AND d.deptype = 'e') LOOP
    EXECUTE format('DROP %s IF EXISTS %I.%I CASCADE', found.kind, found.nspname, found.typname);
  END LOOP;
  PERFORM lo_unlink(oid) FROM pg_largeobject_metadata WHERE lomowner = me;
END
$semai$;
"""
