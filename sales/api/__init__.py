"""Orders, products, categories and exchange rates for programs."""
