"""What sections measure: its one format, the tables, the chart, and the comparison of two runs."""
