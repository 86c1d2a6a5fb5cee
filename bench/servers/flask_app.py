"""Flask, as its documentation does it."""

from flask import Flask, jsonify, request

from methods import answer

app = Flask(__name__)
app.config["JSON_SORT_KEYS"] = False


@app.post("/")
def rpc():
    return jsonify(answer(request.get_json()))
