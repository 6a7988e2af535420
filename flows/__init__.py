"""gongkai: open data from the annual reports on information disclosure of Chinese government bodies."""

__version__ = "0.1.0"
