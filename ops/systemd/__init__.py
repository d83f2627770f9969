"""Airflow on user-managed machines, such as EC2: systemd units, logrotate and the CloudWatch agent, as a tree of files.

Commands and settings are the same as on ECS; docs/how-to/ec2.md describes the installation of the files.
"""
