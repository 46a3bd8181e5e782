"""The demo company: an invented maker of pumps and valves, its people, customers and two years of orders.

Everything is drawn from one seed and one day, so the same two give the same company. `filling` writes it
through the services that people's pages use. No name here means a company or person that exists.
"""
