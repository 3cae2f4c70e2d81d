# SPDX-License-Identifier: MIT
"""validate_results.py SCHEMA RESULTS: checks the schema itself, then every line of RESULTS against it.

An independent judge of what the program writes: prints each line's first error; exit status 1 where there is one, and
3 where the package jsonschema is missing.
"""
import json
import sys

try:
    import jsonschema
except ImportError:
    sys.exit(3)

with open(sys.argv[1], encoding="utf-8") as file:
    schema = json.load(file)
jsonschema.Draft202012Validator.check_schema(schema)
validator = jsonschema.Draft202012Validator(schema)
wrong = 0
with open(sys.argv[2], encoding="utf-8") as file:
    for number, line in enumerate(file, 1):
        error = jsonschema.exceptions.best_match(validator.iter_errors(json.loads(line)))
        if error is not None:
            wrong += 1
            print(f"line {number}: {error.json_path}: {error.message}")
sys.exit(1 if wrong else 0)
