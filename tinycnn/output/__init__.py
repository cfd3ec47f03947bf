"""What is written for people and files: text, tables, HTML pages, CSV, whole files."""
