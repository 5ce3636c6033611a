"""Workflow templates: sources in the CNCF Serverless Workflow DSL, written for n8n, Make and Zapier."""
