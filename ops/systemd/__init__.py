"""Airflow on machines of one's own, such as EC2: systemd units, logrotate and the CloudWatch agent, as a tree of files.

What runs and what is set are the same values as in ECS; docs/how-to/ec2.md says what to do with the files.
"""
