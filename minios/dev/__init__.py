"""The project's own commands: what a person who works on minios runs.

`commands.py` is their table; each is a module of its own. Nothing in the product may
import this package.
"""
