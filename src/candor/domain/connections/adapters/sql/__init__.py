"""What both kinds of SQL database share: one table of people, told and heard.

`settings` what is asked for · `dialect` how a kind of database says it · `table` what the table is
· `values` our values and theirs · `writing` bringing a row to what a parcel says · `changes` what
changed there · `cursor` where reading goes on, naming nobody · `mirror` the adapter itself.
"""
