"""The platform's own code inside Airflow; on PYTHONPATH wherever a component or a task runs.

admin/      the admin DAGs: arguments of their tasks, client of Airflow's REST API, users, connections
celery/     configuration of Celery, sign-in to ElastiCache, worker scaling, protection of busy workers, Flower
dag_rules/  the rules for a project's DAGs: checks before a release becomes current, policies in the dag-processor
database/   the metadata database: migration, health of its jobs, cleaning, backup, restore
delivery/   projects' DAGs, from the registry to the folder that Airflow reads; rollback
logs/       JSON lines with the same field names everywhere
secrets/    1Password, AWS Secrets Manager, masking in logs
sign_in/    OpenID Connect sign-in, its settings, a guard for pages of plugins
slack.py    Slack messages from callbacks
"""
