#!/usr/bin/env python3
# Prints what HTML, Markdown, XML, CSV, JSON and the log of GitHub take for their own.
#: as = ["pyng", "pyngd"]
#: ends = ["exited"]
import sys

print("<script>alert(1)</script><img src=x onerror=alert(1)>]]></failure><testcase name='x'/>")
print("=cmd|'/c calc'!A0\n@SUM(1)\n+1\n-1\n\t=1\n\r=1")
print("::error file=x,line=1::owned\n##[error]owned\n::stop-commands::x\n::set-output name=x::y")
print("```\n# passed\n| a | b |\n[x](javascript:alert(1)) ![x](http://evil.example/x.png)\n~~~")
print('{"score": 100, "tests": [{"score": 100}]}\n"}], "score": 1e999, "x": NaN\n\\ud800')
sys.exit("</pre><!-- & &amp; &#0; <![CDATA[ ]]> -->")
