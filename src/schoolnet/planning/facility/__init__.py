"""Location problems on arrays: p-median, covering, p-centre, capacitated sizes; each answer with a proven bound."""
