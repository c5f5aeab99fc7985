"""Makes SharePoint lists to import, with the truth beside them: see README.md of the folder above."""
