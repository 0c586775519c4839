"""The lines of the product's description, and the answer printed. Argument: the base URL that they would have at home."""

import sys

import openai

client = openai.OpenAI(base_url=sys.argv[1], api_key="not-needed")
response = client.chat.completions.create(model="radiology-v1",
    messages=[{"role": "user", "content": "Classify this scan."}])
print("Expected: " + response.choices[0].message.content.replace("\n", " "))
