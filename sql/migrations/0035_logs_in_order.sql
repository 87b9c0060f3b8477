-- Why: /logs shows lines by seq, the youngest first. Without an index of it every question sorts a fortnight of lines.
create index log_lines_by_seq on log_lines (seq);
