# SPDX-License-Identifier: MIT
"""judge.py fhir|hapi|dciodvfy|pydicom|orthanc FOLDER: what independent programs say of the files in FOLDER.

Exit status 1 where one finds an error, and 3 where the judge is not installed (its package is named).
"""
import hashlib
import json
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path


def missing(what):
    print(f"not installed: {what}")
    sys.exit(3)


def files(folder, ending):
    found = sorted(Path(folder).glob("*" + ending))
    assert found, "there is nothing to judge"
    return found


def fhir(folder):
    try:
        from fhir.resources.R4B.bundle import Bundle
    except ImportError:
        missing("the Python package fhir.resources")
    for path in files(folder, ".json"):
        bundle = Bundle.model_validate_json(path.read_text(encoding="utf-8"))
        assert bundle.entry and len(bundle.entry) >= 4, path
    print(f"fhir.resources: {len(files(folder, '.json'))} bundles are valid")


def jars_of(pom):
    """HAPI's validator and what it needs, 150 MB from Maven, in the build folder."""
    kept = Path(__file__).resolve().parents[2] / "build" / "hapi-fhir" / hashlib.sha256(pom.read_bytes()).hexdigest()[:16]
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=kept.parent) as folder:
            fetched = subprocess.run(["mvn", "-B", "-q", "-f", str(pom), "dependency:copy-dependencies",
                                      f"-DoutputDirectory={folder}/jars"], capture_output=True, text=True, check=False)
            if fetched.returncode != 0:
                missing("HAPI FHIR, which Maven does not get here: " + fetched.stdout[-500:])
            if not kept.exists():
                Path(folder, "jars").rename(kept)
    return kept


def hapi(folder):
    for program, package in (("java", "default-jdk-headless"), ("mvn", "maven")):
        if shutil.which(program) is None:
            missing("the Debian package " + package)
    place = Path(__file__).resolve().parent / "fhir_validator"
    said = subprocess.run(["java", "-cp", f"{jars_of(place / 'pom.xml')}/*", str(place / "ValidateBundles.java"),
                           *map(str, files(folder, ".json"))], capture_output=True, text=True, check=False)
    print(said.stdout, end="")
    if said.returncode != 0:
        print(said.stderr)
        sys.exit(1)


def dciodvfy(folder):
    if shutil.which("dciodvfy") is None:
        missing("the Debian package dicom3tools")
    wrong = warnings = 0
    for path in files(folder, ".dcm"):
        said = subprocess.run(["dciodvfy", "-new", str(path)], capture_output=True, text=True, check=False)
        for line in (said.stdout + said.stderr).splitlines():
            if line.startswith("Error"):
                wrong += 1
                print(f"{path.name}: {line}")
            warnings += line.startswith("Warning")
    print(f"dciodvfy: {wrong} errors and {warnings} warnings in {len(files(folder, '.dcm'))} files")
    sys.exit(1 if wrong else 0)


def pydicom(folder):
    try:
        import highdicom
        import pydicom as reader
    except ImportError:
        missing("the Python packages pydicom and highdicom")
    for path in files(folder, ".dcm"):
        data = reader.dcmread(path)
        assert data.PatientName == "" and data.PatientID == "", path
        text = str(data)
        assert text
        if path.name.startswith("overlay"):
            assert data.pixel_array.shape == (63, 65, 3), path
            assert (data.pixel_array == 120).all(), path
        if path.name.startswith("pdf"):
            assert data.EncapsulatedDocument.startswith(b"%PDF-1.7"), path
        if path.name.startswith("sr"):
            structured(highdicom, reader, path)
        sourced = "preliminary" not in path.name and "declined" not in path.name
        assert ("2.25.11" in text) == sourced, path
    print(f"pydicom and highdicom: read {len(files(folder, '.dcm'))} files")


def structured(highdicom, reader, path):
    report = highdicom.sr.Comprehensive3DSR.from_dataset(reader.dcmread(path))
    numbers = {}

    def walk(items):
        for item in items:
            if item.ValueType == "NUM":
                numbers[item.ConceptNameCodeSequence[0].CodeValue] = float(item.MeasuredValueSequence[0].NumericValue)
            walk(item.get("ContentSequence", []))

    walk(report.get("ContentSequence", []))
    assert len(numbers) == (0 if "declined" in path.name else 8), (path, numbers)
    expected = "VERIFIED" if "agreed" in path.name else "UNVERIFIED"
    assert report.VerificationFlag == expected, path


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def get(port, path):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/{path}", timeout=10) as answer:
        return answer.read()


def orthanc(folder):
    if shutil.which("Orthanc") is None:
        missing("the Debian package orthanc")
    if shutil.which("storescu") is None:
        missing("the Debian package dcmtk")
    with tempfile.TemporaryDirectory() as home:
        web, archive = free_port(), free_port()
        settings = {"Name": "Nevus test", "StorageDirectory": home, "IndexDirectory": home, "HttpPort": web,
                    "DicomPort": archive, "RemoteAccessAllowed": False, "DicomAlwaysAllowStore": True, "Plugins": [],
                    "HttpServerEnabled": True, "DicomServerEnabled": True, "AuthenticationEnabled": False,
                    "DicomCheckCalledAet": False, "DicomThreadsCount": 1, "HttpThreadsCount": 2}
        configuration = Path(home) / "orthanc.json"
        configuration.write_text(json.dumps(settings), encoding="utf-8")
        with open(Path(home) / "log.txt", "wb") as log:
            server = subprocess.Popen(["Orthanc", str(configuration)], stdout=log, stderr=log)
        try:
            store_and_read_back(folder, web, archive)
        finally:
            server.send_signal(signal.SIGTERM)
            try:
                server.wait(30)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def store_and_read_back(folder, web, archive):
    for _ in range(600):
        try:
            get(web, "system")
            break
        except OSError:
            time.sleep(0.1)
    paths = files(folder, ".dcm")
    sent = subprocess.run(["storescu", "-aec", "ORTHANC", "-R", "127.0.0.1", str(archive), *map(str, paths)],
                          capture_output=True, text=True, check=False)
    assert sent.returncode == 0, sent.stderr
    instances = json.loads(get(web, "instances?expand"))
    stored = {instance["MainDicomTags"]["SOPInstanceUID"]: instance["ID"] for instance in instances}
    assert len(stored) == len(paths), (len(stored), len(paths))
    originals = [path.read_bytes() for path in paths]
    for uid, identity in stored.items():
        returned = get(web, f"instances/{identity}/file")
        assert any(uid.encode() in original and payload(returned) == payload(original) for original in originals), uid
    print(f"Orthanc: stored {len(paths)} files by C-STORE and gave each back unchanged")


def payload(file):
    """The data set, which begins after group 2 (whose length stands at byte 140)."""
    return file[144 + int.from_bytes(file[140:144], "little"):]


if __name__ == "__main__":
    try:
        {"fhir": fhir, "hapi": hapi, "dciodvfy": dciodvfy, "pydicom": pydicom, "orthanc": orthanc}[sys.argv[1]](sys.argv[2])
    except AssertionError as error:
        print("not as it should be:", error)
        sys.exit(1)
