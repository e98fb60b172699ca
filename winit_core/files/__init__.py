"""What is written and read: experiments, share lines, tables of data; and how, without loss."""
