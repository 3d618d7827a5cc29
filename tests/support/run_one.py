"""run_one.py FILE Class.test: runs one test method; exit 0 passed, 1 failed, 77 skipped (with the reason printed)."""
import importlib.util
import pathlib
import sys
import unittest

path = pathlib.Path(sys.argv[1])
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
spec = importlib.util.spec_from_file_location(path.stem, path)
module = importlib.util.module_from_spec(spec)
sys.modules[path.stem] = module
spec.loader.exec_module(module)

suite = unittest.defaultTestLoader.loadTestsFromName(sys.argv[2], module)
result = unittest.TextTestRunner(verbosity=2).run(suite)
if not result.wasSuccessful():  # first: what failed besides a subtest that was skipped is no skip
    sys.exit(1)
if result.skipped:
    print("SKIPPED:", "; ".join(reason for _, reason in result.skipped))
    sys.exit(77)
sys.exit(0 if result.testsRun == 1 else 1)
