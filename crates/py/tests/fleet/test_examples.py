"""The examples of docs/fleet.md: DuckDB and Spark. `KEYSIFT_FLEET_PAGE` is the page; without DuckDB or Spark a test is skipped."""

from __future__ import annotations

import json
import os
import re
import shutil
import unittest
from pathlib import Path
from typing import List

import made
import test_run

PAGE = os.environ.get("KEYSIFT_FLEET_PAGE", "")


def blocks(language: str) -> List[str]:
    """The blocks of the page in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", Path(PAGE).read_text(), re.MULTILINE | re.DOTALL)


@unittest.skipUnless(PAGE, "KEYSIFT_FLEET_PAGE is not set")
class Examples(test_run.Fleet):
    def test_queries(self) -> None:
        try:
            import duckdb
        except ImportError:
            self.skipTest("duckdb is not installed")
        sources = [self.repository(f"{n}.git", {"config/app.env": made.line("same"), "CODEOWNERS": b"* @ops\n"}) for n in range(3)]
        self.run_fleet(sources)
        made.repository(sources[0], [{"new.env": made.line("new")}], first=1)
        summary = self.run_fleet(sources)
        queries = [query for block in blocks("sql") for query in block.split(";") if query.strip()]
        self.assertGreaterEqual(len(queries), 4)
        for query in queries:
            # The page says OUT and RUN.
            text = query.replace("OUT/", f"{self.out}/").replace("/RUN/", f"/{summary.run}/")
            self.assertTrue(duckdb.sql(text).fetchall(), query)

    def test_sarif_is_that_of_the_schema(self) -> None:
        try:
            import jsonschema
        except ImportError:
            self.skipTest("jsonschema is not installed")
        file = made.image(self.folder / "src/i.tar", [{"a.env": made.line("i")}, {"a.env": b"A=1\n"}])
        summary = self.run_fleet([self.repository("a.git", {"a.env": made.line("a")}), file, self.folder / "none"])
        log = json.loads(Path(self.out, "runs", summary.run, "report.sarif").read_text())
        schema = json.loads((Path(PAGE).parent.parent / "tests/schemas/sarif-2.1.0.schema.json").read_text())
        jsonschema.Draft7Validator(schema).validate(log)
        self.assertFalse(log["runs"][0]["invocations"][0]["executionSuccessful"])

    def test_spark(self) -> None:
        if shutil.which("java") is None:
            self.skipTest("no Java")
        try:
            from pyspark.sql import SparkSession
        except ImportError:
            self.skipTest("pyspark is not installed")
        (code,) = [block for block in blocks("python") if "pandas_udf" in block]
        os.environ["PYSPARK_PYTHON"] = os.environ.get("PYSPARK_PYTHON", __import__("sys").executable)
        spark = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").config("spark.sql.shuffle.partitions", "1").getOrCreate()
        self.addCleanup(spark.stop)
        logs = spark.createDataFrame([("a.env", made.line("spark").decode()), ("b.env", "nothing"), ("c.env", made.line("spark").decode())], ["name", "text"])
        scope = {"spark": spark, "logs": logs, "key": b"k" * 32}
        exec(compile(code, PAGE, "exec", dont_inherit=True), scope)  # noqa: S102
        found = scope["found"].collect()
        self.assertEqual({row["name"] for row in found}, {"a.env", "c.env"})
        self.assertEqual(len({row["value"] for row in found}), 1)


if __name__ == "__main__":
    unittest.main()
