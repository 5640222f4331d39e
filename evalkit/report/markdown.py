"""placeholder"""
def render_markdown(results, samples): return ""
