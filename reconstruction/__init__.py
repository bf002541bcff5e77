"""Assembles symbols into notation and MusicXML."""
