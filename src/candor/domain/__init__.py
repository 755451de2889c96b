"""What Candor is about, one folder per slice. A slice may import only slices below it.

rights → campaigns | loyalty → collect | connections → profiles → consent → vault → catalogue
→ governance → access | shield → audit | feed
"""
