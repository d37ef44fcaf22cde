-- The database and the role of Celery's results, as often as it is run.
\getenv password RESULTS_PASSWORD
SELECT 'CREATE ROLE results LOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'results') \gexec
ALTER ROLE results PASSWORD :'password';
SELECT 'CREATE DATABASE results OWNER results' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'results') \gexec
-- Who may log in may enter every database, unless it is said otherwise.
REVOKE ALL ON DATABASE airflow, postgres, results, template1 FROM PUBLIC;
